/**
 * Lanes: BullMQ queues that carry ids and nothing else. A table is the truth, so a lane keeps no job that ended, and trying again is
 * the table's business: an emptied Redis is filled by whoever adds the ids again. workers/jobs/ does the work.
 */
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';

export const mailLane = 'mail';
/** A lane for each printer: one card at a time. */
export const printLane = (printer: string): string => `print-${printer}`;

/** For as long as it takes: Redis may be restarted. @param told of each time it cannot be reached, by the error's code */
export function connectRedis(url: string, told: (code: string) => void): Redis {
  const redis = new Redis(url, { maxRetriesPerRequest: null });
  redis.on('error', (error: NodeJS.ErrnoException) => told(error.code ?? error.name));
  return redis;
}

export interface Lane {
  /** An id that waits or is being worked on is not added twice. */
  add(ids: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** @param oneAtATime in all processes together */
export function openLane(name: string, redis: Redis, { oneAtATime = false } = {}): Lane {
  const queue = new Queue(name, { connection: redis });
  queue.on('error', () => {}); // told by the connection
  return {
    async add(ids) {
      if (oneAtATime) await queue.setGlobalConcurrency(1); // each time: a Redis that was emptied has forgotten it
      await queue.addBulk(ids.map((id) => ({ name, data: {}, opts: { jobId: id, removeOnComplete: true, removeOnFail: true } })));
    },
    close: () => queue.close(),
  };
}

export interface PrintLanes {
  add(printer: string, job: string): Promise<void>;
  close(): Promise<void>;
}

/** The lanes of all printers, each opened when it is first needed. */
export function openPrintLanes(redis: Redis): PrintLanes {
  const lanes = new Map<string, Lane>();
  return {
    async add(printer, job) {
      const lane = lanes.get(printer) ?? openLane(printLane(printer), redis, { oneAtATime: true });
      lanes.set(printer, lane);
      await lane.add([job]);
    },
    close: async () => void (await Promise.all([...lanes.values()].map((lane) => lane.close()))),
  };
}
