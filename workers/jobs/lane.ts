/** Works on what a lane carries (adapters/lane.ts), and does things again and again. */
import { Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { log } from '../log.ts';

/** @param work of one id. What it throws is logged by its class; the row says when it is tried again */
export function startLane(name: string, redis: Redis, { work, concurrency }: { work: (id: string) => Promise<void>; concurrency: number }) {
  const worker = new Worker(name, async ({ id }) => (id ? work(id) : undefined), {
    connection: redis,
    concurrency,
    stalledInterval: 15_000,
  });
  worker.on('error', (error: NodeJS.ErrnoException) => log.warn({ lane: name, error: error.code ?? error.name }, 'lane'));
  worker.on('failed', (job, error) => log.warn({ lane: name, id: job?.id, error: error.name }, 'job failed'));
  return worker;
}

/** Does something again and again with a pause between, until it is stopped; an error is logged and costs one round. */
export function repeat(what: string, everyMs: number, act: () => Promise<unknown>): { stop: () => Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const round = async (): Promise<void> => {
    await act().catch((error: Error) => log.warn({ what, error: error.name }, 'round failed'));
    if (!isOver) timer = setTimeout(() => void (running = round()), everyMs);
  };
  let running = round();
  return {
    async stop() {
      isOver = true;
      clearTimeout(timer);
      await running;
    },
  };
}
