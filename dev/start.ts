/**
 * `npm start`: the whole service on one machine, with fictional people. What a setting gives is used; the rest is started here.
 * Everything is kept in the data folder; started again, it is all still there.
 */
import { join } from 'node:path';
import { createRunning } from './running.ts';
import { loadEverything } from './demo/everything.ts';
import { environmentOf } from './environment.ts';
import { startProcesses } from './processes.ts';
import { showScreen, writeDetails } from './screen.ts';
import { startServices } from './services.ts';
import { requireFreePort } from './services/ports.ts';
import { readDevSettings, secretsIn } from './settings.ts';
import { createSwitchboard } from './switchboard.ts';

const say = (line: string) => console.info(line);
const running = createRunning(say);

let asked = false;
async function end(code: number): Promise<void> {
  if (asked) return;
  asked = true;
  say('\nStopping');
  await running.stop();
  process.exit(code);
}
process.on('SIGINT', () => void end(0));
process.on('SIGTERM', () => void end(0));

try {
  const settings = readDevSettings();
  const secrets = secretsIn(settings.DATA_FOLDER);
  say('Starting the Care Identity Service');
  const places = await startServices(settings, running);
  const demo = await loadEverything(settings, secrets, places, say);
  const environments = await environmentOf(settings, secrets, places, demo);
  await startProcesses(environments, settings, running);
  const file = join(settings.DATA_FOLDER, 'running.json');
  const origin = `http://localhost:${settings.SWITCHBOARD_PORT}`;
  await requireFreePort(settings.SWITCHBOARD_PORT, 'SWITCHBOARD_PORT');
  createSwitchboard(running, origin).listen(settings.SWITCHBOARD_PORT, 'localhost');
  const details = writeDetails(file, settings, places, demo);
  showScreen(details, file, say);
} catch (error) {
  if (!asked) {
    console.error(`\nThe service could not start.\n${(error as Error).message}`);
    await end(1);
  }
}
