/** What a result was measured on: without it a number says nothing. */
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { Connection } from '@temporalio/client';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import type { Places } from '../dev/services.ts';

export async function describeMachine({ database, temporal, redis }: Pick<Places, 'database' | 'temporal' | 'redis'>) {
  return {
    Date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    Processor: `${cpus()[0]?.model ?? 'unknown'}, ${availableParallelism()} cores`,
    Memory: `${(totalmem() / 2 ** 30).toFixed(0)} GB`,
    'Load before': `${loadavg()[0]?.toFixed(1)} (one minute)`,
    Node: process.version,
    PostgreSQL: await versionOfPostgres(database),
    Temporal: await versionOfTemporal(temporal),
    Redis: await versionOfRedis(redis),
  };
}
export type Machine = Awaited<ReturnType<typeof describeMachine>>;

async function versionOfPostgres(url: string): Promise<string> {
  const client = new Client(url);
  await client.connect();
  try {
    const { rows } = await client.query<{ server_version: string }>('show server_version');
    return rows[0]?.server_version ?? 'unknown';
  } finally {
    await client.end();
  }
}

async function versionOfTemporal(address: string): Promise<string> {
  const connection = await Connection.connect({ address });
  try {
    return `${(await connection.workflowService.getSystemInfo({})).serverVersion} (development server, SQLite)`;
  } finally {
    await connection.close();
  }
}

async function versionOfRedis(url: string): Promise<string> {
  const redis = new Redis(url);
  try {
    return /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? 'unknown';
  } finally {
    redis.disconnect();
  }
}
