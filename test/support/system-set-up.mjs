// Once for all journeys and faults, in jest's own process: the whole service as `npm start` brings it up, on ports and in a folder of its own.
// With TEST_SYSTEM, the running.json of a service that is already up, nothing is started.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChild } from '../../dev/services/child.ts';
import { freePort } from '../../dev/services/ports.ts';
import { readDevSettings } from '../../dev/settings.ts';

const start = fileURLToPath(new URL('../../dev/start.ts', import.meta.url));

export default async function setUpSystem() {
  if (process.env.TEST_SYSTEM) return;
  const folder = await mkdtemp(join(tmpdir(), 'care-system-'));
  const running = join(folder, 'running.json');
  const ports = Object.keys(readDevSettings()).filter((name) => name.endsWith('_PORT'));
  const env = { ...process.env, DATA_FOLDER: folder };
  for (const name of ports) env[name] = String(await freePort());

  const system = await startChild({
    name: 'npm start',
    command: process.execPath,
    args: [start],
    env,
    url: running,
    logFile: join(folder, 'start.log'),
    isReady: async () => existsSync(running),
    readyWithinMs: 180_000,
    stopWithinMs: 60_000,
  });
  process.env.TEST_SYSTEM = running;
  globalThis.stopSystem = async () => {
    await system.stop();
    await rm(folder, { recursive: true, force: true });
  };
}
