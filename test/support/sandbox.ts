/** Test people of the sandbox, made through the real workflow; their cards lie in a drawer of the test's own. */
import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { benchReader, layCard } from '../../agent/drivers/lay-card.ts';
import { makeTestPerson } from '../../commands/sandbox-acts.ts';
import { showTestPerson } from '../../commands/sandbox.ts';
import { claimEnvironment } from '../../db/environment.ts';
import { loadReferenceData } from '../../db/organisation/reference.ts';
import { type Service, startService } from './service.ts';

export const sandboxIn = (folder: string) => ({
  reader: benchReader,
  layCard: (card: { serial: string; holder: string }, make: Parameters<typeof layCard>[2]) => layCard(folder, card, make),
});

/** A service with a sandbox. @param reaching what its activities reach besides */
export async function startSandbox(reaching: NonNullable<Parameters<typeof startService>[0]>['reaching'] = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'care-sandbox-'));
  const service = await startService({ reaching: { sandbox: sandboxIn(folder), ...reaching } });
  await claimEnvironment(service.orm.em.fork(), 'dev');
  await loadReferenceData(service.orm.em.fork());
  return { ...service, folder };
}

type Asked = Parameters<typeof makeTestPerson.perform>[3];
export const aTestPersonAsked = (given: Partial<Asked> = {}): Asked =>
  makeTestPerson.input.parse({ names: 'ordinary', level: 3, method: 'card', count: 1, ...given });

/** One who can be signed in as. @returns their id */
export async function aTestPerson(service: Service, maker: string, organisation: string, given: Partial<Asked> = {}): Promise<string> {
  const writer = { kind: 'person' as const, id: maker, via: 'api' as const, key: randomUUID() };
  const outcome = await makeTestPerson.perform(service.deps, writer, { organisation }, aTestPersonAsked(given));
  if (outcome.is !== 'saved') throw new Error(`It is ${outcome.is}`);
  await service.over(outcome.answer.id, 'sandbox-person');
  return outcome.answer.id;
}

/** What its page says. */
export const shownOf = (service: Service, maker: string, person: string, role?: string) =>
  showTestPerson.perform(service.deps, { kind: 'person', id: maker, via: 'api' }, { person }, { ...(role && { role }) });
