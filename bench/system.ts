/** The whole service as `npm start` brings it up, in a folder and on ports of this run alone. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDeps } from '../commands/deps.ts';
import { readConfig } from '../config.ts';
import { loadEverything } from '../dev/demo/everything.ts';
import { environmentOf } from '../dev/environment.ts';
import { startProcesses } from '../dev/processes.ts';
import { createRunning } from '../dev/running.ts';
import { startServices } from '../dev/services.ts';
import { freePort } from '../dev/services/ports.ts';
import { type DevSettings, readDevSettings, secretsIn } from '../dev/settings.ts';

/** Nothing that is already there is measured, or touched. */
async function settingsOfThisRun(folder: string): Promise<DevSettings> {
  const { DATABASE_URL: _1, REDIS_URL: _2, TEMPORAL_ADDRESS: _3, SMTP_URL: _4, PRINTER_URL: _5, ...settings } = readDevSettings();
  const ports = Object.keys(settings).filter((name) => name.endsWith('_PORT'));
  const free = await Promise.all(ports.map(async (name) => [name, await freePort()] as const));
  return { ...settings, ...Object.fromEntries(free), DATA_FOLDER: folder };
}

export async function startSystem(say: (line: string) => void) {
  const folder = await mkdtemp(join(tmpdir(), 'care-bench-'));
  const running = createRunning(() => {});
  let isStopped = false;
  const stop = async () => {
    if (isStopped) return;
    isStopped = true;
    await running.stop();
    await rm(folder, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop().then(() => process.exit(1)));
  try {
    say('the service is being started');
    const settings = await settingsOfThisRun(folder);
    const secrets = secretsIn(folder);
    const places = await startServices(settings, running);
    const demo = await loadEverything(settings, secrets, places, () => {});
    const environments = await environmentOf(settings, secrets, places, demo);
    await startProcesses(environments, settings, running);
    Object.assign(process.env, environments.web); // what commands need, as the process that serves pages has it
    const deps = await createDeps(readConfig('web'));
    return {
      folder,
      settings,
      places,
      demo,
      environments,
      running,
      deps,
      say,
      stop: async () => (await deps.orm.close(), await stop()),
      only: only(running),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
export type System = Awaited<ReturnType<typeof startSystem>>;

const services = ['PostgreSQL', 'Redis', 'Temporal'];

/** Leaves the services and these processes running, so that nothing else takes part in what is measured. */
const only =
  ({ switches, on, off }: ReturnType<typeof createRunning>) =>
  async (...wanted: string[]): Promise<void> => {
    for (const { name, state } of switches()) {
      if (services.includes(name)) continue;
      if (wanted.includes(name)) await on(name);
      else if (state === 'up') await off(name);
    }
  };
