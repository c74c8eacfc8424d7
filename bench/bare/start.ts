import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Service } from '../../dev/services/child.ts';
import { freePort } from '../../dev/services/ports.ts';
import { startProcess } from '../../dev/services/processes.ts';

const entry = (name: string) => fileURLToPath(new URL(`${name}.ts`, import.meta.url));
const base = () => ({ PATH: process.env['PATH'] });

export const bareTaskQueue = 'bare';

export async function startBareWorker({ folder, temporal }: { folder: string; temporal: string }): Promise<Service> {
  const port = await freePort();
  const env = { ...base(), TEMPORAL_ADDRESS: temporal, TASK_QUEUE: bareTaskQueue, HEALTH_PORT: String(port) };
  const logFile = join(folder, 'bare-worker.log');
  return startProcess({ name: 'bare worker', entry: entry('worker'), env, logFile, ready: `http://localhost:${port}/ready` });
}

export async function startBareEndpoint({ folder }: { folder: string }): Promise<Service> {
  const port = await freePort();
  const env = { ...base(), PORT: String(port) };
  const logFile = join(folder, 'bare-endpoint.log');
  return startProcess({ name: 'bare endpoint', entry: entry('endpoint'), env, logFile, ready: `http://localhost:${port}/` });
}
