import { readFile } from 'node:fs/promises';
import { jwk } from '../domain/agent-protocol.ts';
import { createAskedStore, createKeptPasscodes } from './asked.ts';
import type { CardDriver } from './drivers/driver.ts';
import type { Drawer } from './drivers/software.ts';
import { createDrawer } from './drivers/software.ts';
import { createSession } from './orders.ts';
import { createOrigins } from './origins.ts';
import { listen } from './server.ts';
import type { AgentSettings } from './settings.ts';

/**
 * An agent that listens.
 *
 * @param complain told of what is wrong; never of a passcode, a PUK or a person
 * @throws {Error} with software cards, unless the list of sites is one of ours and of dev
 */
export async function createAgent(settings: AgentSettings, complain: (text: string) => void) {
  const { driver, drawer } = await driverOf(settings);
  const signedBy = jwk.parse(JSON.parse(await readFile(settings.ALLOWED_ORIGINS_KEY, 'utf8')));
  const origins = createOrigins(settings.ALLOWED_ORIGINS, signedBy, { driver: driver.kind, complain });
  if (driver.kind === 'software') await origins.refuseCards();
  const parts = {
    driver,
    drawer,
    origins,
    session: await createSession(),
    asked: createAskedStore(),
    kept: createKeptPasscodes(),
    complain: (problem: unknown) => complain(problem instanceof Error ? (problem.stack ?? problem.message) : String(problem)),
  };
  return listen(parts, settings.AGENT_PORT);
}

async function driverOf(settings: AgentSettings): Promise<{ driver: CardDriver; drawer: Drawer | null }> {
  if (settings.AGENT_DRIVER === 'software' && settings.AGENT_DRAWER !== undefined) {
    const drawer = createDrawer(settings.AGENT_DRAWER, settings.AGENT_READERS);
    return { driver: drawer, drawer };
  }
  const { createPkcs11Driver } = await import('./drivers/pkcs11.ts');
  return { driver: await createPkcs11Driver(settings.PKCS11_MODULE ?? '', settings.PKCS11_FACTORY_SO_PIN), drawer: null };
}
