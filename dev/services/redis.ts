import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findProgram } from '../tools.mjs';
import { type Service, startChild } from './child.ts';
import { requireFreePort } from './ports.ts';

/** Says every write to disk within a second, so that queues and sessions survive a restart; forgets nothing to make room, as BullMQ asks. */
export async function startRedis({ port, folder }: { port: number; folder: string }): Promise<Service> {
  const command = findProgram('redis-server', 'valkey-server');
  if (!command) throw new Error('Neither redis-server nor valkey-server is installed: install one, or set REDIS_URL.');
  await requireFreePort(port, 'REDIS_PORT');
  mkdirSync(folder, { recursive: true });
  const settings = { port, bind: '127.0.0.1', dir: folder, appendonly: 'yes', save: '', 'maxmemory-policy': 'noeviction' };
  const url = `redis://127.0.0.1:${port}`;
  return startChild({
    name: 'redis',
    command,
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
    url,
    logFile: join(folder, 'redis.log'),
    isReady: () => answers(url),
  });
}

async function answers(url: string): Promise<boolean> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => {}); // told by connect() as well
  try {
    await redis.connect();
    return (await redis.ping()) === 'PONG'; // fails with LOADING while it reads its file
  } finally {
    redis.disconnect();
  }
}
