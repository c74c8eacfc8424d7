/**
 * A lane: a BullMQ queue that carries ids and nothing else. The table is the truth, so a lane keeps no job that ended, and trying
 * again is the table's business: an emptied Redis is filled by whoever adds the ids again.
 */
import { type ConnectionOptions, Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { log } from '../log.ts';

/** For as long as it takes: Redis may be restarted. */
export const connectRedis = (url: string): Redis => {
  const redis = new Redis(url, { maxRetriesPerRequest: null });
  redis.on('error', (error: NodeJS.ErrnoException) => log.warn({ error: error.code ?? error.name }, 'redis'));
  return redis;
};

const over = { removeOnComplete: true, removeOnFail: true } as const;
const connectionOf = (redis: Redis) => redis as unknown as ConnectionOptions;

export interface Adder {
  /** An id that waits or is being worked on is not added twice. */
  add(ids: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** @param oneAtATime in all processes together */
export function createAdder(name: string, redis: Redis, { oneAtATime = false } = {}): Adder {
  const queue = new Queue(name, { connection: connectionOf(redis) });
  queue.on('error', () => {}); // logged by the connection
  return {
    async add(ids) {
      if (oneAtATime) await queue.setGlobalConcurrency(1); // each time: it is forgotten by a Redis that was emptied
      await queue.addBulk(ids.map((id) => ({ name, data: {}, opts: { jobId: id, ...over } })));
    },
    close: () => queue.close(),
  };
}

/** @param work of one id. What it throws is logged by its class; the row says when it is tried again */
export function startLane(name: string, redis: Redis, { work, concurrency }: { work: (id: string) => Promise<void>; concurrency: number }) {
  const worker = new Worker(name, async ({ id }) => (id ? work(id) : undefined), {
    connection: connectionOf(redis),
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
