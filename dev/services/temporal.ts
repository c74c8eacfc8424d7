import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { findProgram } from '../tools.mjs';
import { type Service, startChild } from './child.ts';
import { requireFreePort } from './ports.ts';

export type TemporalService = Service & { address: string; uiUrl: string };

/** Temporal's development server on one SQLite file, with its web UI; ready when the default namespace answers. */
export async function startTemporal({ port, uiPort, folder }: { port: number; uiPort: number; folder: string }): Promise<TemporalService> {
  const command = findProgram('temporal');
  if (!command) throw new Error('The Temporal CLI is not installed: run `node dev/set-up.mjs`, or set TEMPORAL_ADDRESS.');
  await requireFreePort(port, 'TEMPORAL_PORT');
  await requireFreePort(uiPort, 'TEMPORAL_UI_PORT');
  mkdirSync(folder, { recursive: true });
  const address = `127.0.0.1:${port}`;
  const settings = {
    ip: '127.0.0.1',
    port,
    'ui-port': uiPort,
    'db-filename': join(folder, 'temporal.db'),
    'log-level': 'warn',
    'sqlite-pragma': 'journal_mode=wal',
  };
  const service = await startChild({
    name: 'temporal',
    command,
    args: ['server', 'start-dev', ...Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])],
    url: address,
    logFile: join(folder, 'temporal.log'),
    isReady: () => answers(address),
  });
  return { ...service, address, uiUrl: `http://localhost:${uiPort}` };
}

async function answers(address: string): Promise<boolean> {
  const connection = await Connection.connect({ address, connectTimeout: '2s' });
  try {
    await connection.workflowService.describeNamespace({ namespace: 'default' });
    return true;
  } finally {
    await connection.close();
  }
}
