/** Letters to those who can go on with something that has come to wait for a role: in the transaction that brought it there. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Role } from '../../domain/actor.ts';
import { somePeopleWith } from '../actor.ts';
import type { Cause } from '../audit.ts';
import { type Letter, recordMail } from './mail.ts';

/** Where more hold a role, whoever looks at their tasks sees it anyway: a letter to hundreds is read by nobody. */
export const mostTold = 20;

/** Queues one letter to each, and none to whoever caused it. A cause queues it once, however often it is tried. */
export async function recordQueueMail(em: EntityManager, role: Role, letter: Omit<Letter, 'to'>, cause: Cause): Promise<void> {
  const people = await somePeopleWith(em, role, letter.organisation, mostTold);
  for (const id of people.filter((each) => each !== cause.who)) await recordMail(em, { ...letter, to: { kind: 'person', id } }, cause);
}
