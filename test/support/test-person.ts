/** Test people of the sandbox, made through the real workflow. */
import { randomUUID } from 'node:crypto';
import { makeTestPerson } from '../../commands/sandbox-acts.ts';
import { showTestPerson } from '../../commands/sandbox.ts';
import type { Service } from './service.ts';

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
