/** Suspending, closing and opening again: in one transaction with the end of every sign-in of the person. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { nextPersonState, type PersonAction } from '../../domain/person-state.ts';
import { type Cause, recordAudit } from '../audit.ts';
import { recordMail } from '../mail/mail.ts';
import { findPerson, PersonRow } from './person.ts';
import { recordMembershipsOfClosedEnded } from './professional-membership.ts';
import { recordSignInsEnded } from '../sign-in/sign-in-ending.ts';

const letters = { suspend: 'person-suspended', close: 'person-closed', reopen: 'person-reopened' } as const;

/**
 * Nobody is signed in as before after it, not even once the person is opened again: the generation goes up each time.
 *
 * @returns how many sign-ins ended
 * @throws {Refusal} NOT_FOUND, WRONG_STATE
 */
export async function recordPersonState(
  em: EntityManager,
  cause: Cause,
  { person: id, action, reason }: { person: string; action: PersonAction; reason: string },
): Promise<number> {
  await em.execute(`select 1 from person where id = :id for update`, { id });
  const { state, generation, organisation } = await findPerson(em, id);
  const to = nextPersonState(state, action);
  await em.nativeUpdate(PersonRow, { id }, { state: to, generation: generation + 1 });
  const detail = { from: state, to, reason };
  await recordAudit(em, cause, { what: `person.${action}`, subjectKind: 'person', subjectId: id, organisation, detail });
  const ended = await recordSignInsEnded(em, { ...cause, id: `${cause.id}/sign-ins` }, { person: id }, `person.${action}`);
  if (to === 'closed') await recordMembershipsOfClosedEnded(em, { ...cause, id: `${cause.id}/memberships` }, organisation, id);
  const letter = { to: { kind: 'person' as const, id }, about: { kind: 'person', id }, organisation, template: letters[action] };
  await recordMail(em, { ...letter, data: { at: cause.at.toISOString() } }, cause);
  return ended;
}
