/** How much is measured. `small` shows in a minute or two that everything runs; its numbers say little. */
import { parseArgs } from 'node:util';
import { z } from 'zod';

export interface Sizes {
  /** Between the start of the processes and the look at their memory. */
  restMs: number;
  /** Each round measures ours and the bare one, so that what else the machine does falls on both. */
  positionRequests: { rounds: number; perRound: number; inFlight: number };
  signIns: { rounds: number; perRound: number; inFlight: number; cards: number };
  platform: { rounds: number; perRound: number; inFlight: number; people: number; warmUp: number };
  lists: { registers: readonly number[]; repeats: number };
}

const scales: Readonly<Record<'small' | 'full', Sizes>> = {
  small: {
    restMs: 2_000,
    positionRequests: { rounds: 2, perRound: 40, inFlight: 10 },
    signIns: { rounds: 2, perRound: 60, inFlight: 6, cards: 12 },
    platform: { rounds: 2, perRound: 200, inFlight: 16, people: 32, warmUp: 100 },
    lists: { registers: [1_000, 5_000], repeats: 20 },
  },
  full: {
    restMs: 20_000,
    positionRequests: { rounds: 5, perRound: 100, inFlight: 20 },
    signIns: { rounds: 5, perRound: 200, inFlight: 10, cards: 100 },
    platform: { rounds: 5, perRound: 2_000, inFlight: 16, people: 32, warmUp: 2_000 },
    lists: { registers: [1_000, 100_000], repeats: 100 },
  },
};

export const measureNames = ['memory', 'position-requests', 'sign-ins', 'platform', 'lists'] as const;
export type MeasureName = (typeof measureNames)[number];

/** From `--scale` and `--only` (names between commas), or BENCH_SCALE and BENCH_ONLY. @throws {z.ZodError} naming what is wrong */
export function readSizes(): { scale: keyof typeof scales; sizes: Sizes; only: readonly MeasureName[] } {
  const { values } = parseArgs({ options: { scale: { type: 'string' }, only: { type: 'string' } } });
  const scale = z.enum(['small', 'full']).parse(values.scale ?? process.env['BENCH_SCALE'] ?? 'full');
  const named = (values.only ?? process.env['BENCH_ONLY'])?.split(',');
  return { scale, sizes: scales[scale], only: z.array(z.enum(measureNames)).parse(named ?? measureNames) };
}
