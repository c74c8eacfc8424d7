// Once for all journeys and faults, in jest's own process: begins to start the whole service as `npm start` brings it up, on ports and in a
// folder of its own.
// With TEST_SYSTEM, the running.json of a service that is already up, nothing is started.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startChild } from '../../dev/services/child.ts';
import { requireFreePort } from '../../dev/services/ports.ts';
import { readDevSettings } from '../../dev/settings.ts';

const start = fileURLToPath(new URL('../../dev/start.ts', import.meta.url));

export default async function setUpSystem() {
  if (process.env.TEST_SYSTEM) return;
  const folder = await mkdtemp(join(tmpdir(), 'care-system-'));
  const running = join(folder, 'running.json');
  const ports = Object.keys(readDevSettings()).filter((name) => name.endsWith('_PORT'));
  const env = { ...process.env, DATA_FOLDER: folder };
  for (const [at, port] of (await freePorts(ports.length)).entries()) env[ports[at]] = String(port);

  const starting = startChild({
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
  // Not waited for here: runner.mjs does, before the first journey.
  globalThis.systemIsUp = starting.then(() => undefined);
  globalThis.systemIsUp.catch(() => {}); // told there
  globalThis.stopSystem = async () => {
    const system = await starting.catch(() => null);
    await system?.stop();
    await rm(folder, { recursive: true, force: true });
  };
}

/** One after the other, and below those that `freePort` gives to tests: they begin while the service still starts, and take none of these. */
async function freePorts(count, tries = 50) {
  const first = 11_000 + Math.floor(Math.random() * (4000 - count));
  const ports = Array.from({ length: count }, (_unused, at) => first + at);
  try {
    for (const port of ports) await requireFreePort(port, 'any');
    return ports;
  } catch (error) {
    if (tries === 0) throw error;
    return freePorts(count, tries - 1);
  }
}
