/** One round of a measure: so many acts, so many at once, with what they cost whoever was asked. */
import { rateOf, timed } from './measured.ts';
import { startUsing, usedSince } from './processor.ts';

export interface Round {
  /** Acts a second. */
  rate: number;
  /** What the processes asked used of the processor for each act, in milliseconds. */
  processorMs: number;
  /** How long each took, in milliseconds. */
  took: number[];
}

/** @param items at least one: each again and again */
export const inTurn = <T>(items: readonly T[], count: number): T[] =>
  Array.from({ length: Math.ceil(count / items.length) }, () => items)
    .flat()
    .slice(0, count);

/** @param pids the processes asked */
export async function roundOf<T>(
  pids: readonly number[],
  { turns, inFlight }: { turns: readonly T[]; inFlight: number },
  act: (turn: T) => Promise<unknown>,
): Promise<Round> {
  const used = pids.map(startUsing);
  const took: number[] = [];
  const rate = await rateOf(turns, inFlight, async (turn) => void took.push(await timed(() => act(turn))));
  const processorMs = used.reduce((sum, before) => sum + usedSince(before), 0) / turns.length;
  return { rate, processorMs, took };
}
