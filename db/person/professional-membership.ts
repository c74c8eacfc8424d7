/**
 * Numbers that people have at professional registers. They are in this table alone: the audit names the register and the row.
 * What changes one locks its person first, so that what may be held together is judged by what is there.
 */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { type Day, londonDay } from '../../domain/days.ts';
import {
  allBodies,
  type Body,
  hangingOn,
  type MembershipEndReason,
  professionalBodies,
  refuseDays,
  refuseOwnMembership,
  refuseToHold,
} from '../../domain/professional-membership.ts';
import { nothingHere, Refusal } from '../../domain/refusal.ts';
import { type Cause, recordAudit } from '../audit.ts';
import { recordMail } from '../mail/mail.ts';
import { findPerson } from './person.ts';

const schema = defineEntity({
  name: 'ProfessionalMembershipRow',
  tableName: 'professional_membership',
  properties: {
    id: p.uuid().primary(),
    person: p.uuid(),
    body: p.enum(allBodies),
    number: p.string(),
    /** First and last day of the registration, as the register says. Null: it says no last day. */
    since: p.date(),
    until: p.date().nullable(),
    recordedBy: p.string(),
    recordedAt: p.datetime(),
    /** Who last found it in the register, and when. */
    checkedBy: p.string().nullable(),
    checkedAt: p.datetime().nullable(),
    endedBy: p.string().nullable(),
    endedAt: p.datetime().nullable(),
    endReason: p.string().nullable(),
  },
});
export class ProfessionalMembershipRow extends schema.class {}
schema.setClass(ProfessionalMembershipRow);

/** All that somebody has had: those that have not ended first, then the latest to end. */
export const professionalMembershipsOf = (em: EntityManager, person: string): Promise<ProfessionalMembershipRow[]> =>
  em.find(
    ProfessionalMembershipRow,
    { person },
    { orderBy: [{ endedAt: 'desc nulls first' }, { body: 'asc' }, { id: 'asc' }], refresh: true },
  );

/** Those that have not ended. */
export const heldMemberships = (em: EntityManager, person: string): Promise<ProfessionalMembershipRow[]> =>
  em.find(ProfessionalMembershipRow, { person, endedAt: null }, { orderBy: { body: 'asc' }, refresh: true });

/** @throws {Refusal} NOT_FOUND, also for one of somebody else */
export async function findProfessionalMembership(em: EntityManager, person: string, id: string): Promise<ProfessionalMembershipRow> {
  const row = await em.findOne(ProfessionalMembershipRow, { id, person }, { refresh: true });
  if (!row) throw nothingHere();
  return row;
}

/** Whose number it is, if it is anybody's. */
export async function holderOfNumber(em: EntityManager, body: Body, number: string): Promise<string | undefined> {
  const row = await em.findOne(ProfessionalMembershipRow, { body, number, endedAt: null }, { refresh: true });
  return row?.person;
}

export interface NewMembership {
  id: string;
  person: string;
  body: Body;
  /** As domain/professional-membership.ts reads it. */
  number: string;
  since: Day;
  until: Day | null;
}

const whatToDo = 'Check it in the register. If it belongs to this person, ask them where else they were given a Care ID';

/** For whoever may see whose it is, the command says it; this says it to nobody. */
export const takenNumber = (body: Body): Refusal =>
  new Refusal('INVALID', `This ${professionalBodies[body].number} is recorded for somebody else. ${whatToDo}`, { number: 'taken' });

/**
 * @param organisation where whoever records it acts
 * @throws {Refusal} NOT_FOUND, SAME_PERSON, WRONG_STATE; INVALID if it cannot be held beside the others, or is somebody else's
 */
export async function recordProfessionalMembership(
  em: EntityManager,
  cause: Cause,
  organisation: string,
  { id, person, body, number, since, until }: NewMembership,
): Promise<void> {
  await lockPerson(em, person, cause.who);
  const { state } = await findPerson(em, person);
  if (state === 'closed') throw new Refusal('WRONG_STATE', 'This Care ID is closed, so nothing is added to it', { state });
  refuseDays({ since, until }, londonDay(cause.at));
  refuseToHold({ body, number }, await heldMemberships(em, person));
  const row = { id, person, body, number, since, until, recordedBy: cause.who, recordedAt: cause.at };
  const added = await em.createQueryBuilder(ProfessionalMembershipRow).insert(row).onConflict().ignore().execute('run');
  if (added.affectedRows === 0) throw takenNumber(body);
  await recordMembershipAudit(em, cause, organisation, { what: 'add', row });
  await recordMembershipMail(em, cause, organisation, { what: 'add', person, bodies: [body] });
}

/** That it was found in the register, and until when it says it is good. @throws {Refusal} NOT_FOUND, SAME_PERSON, WRONG_STATE, INVALID */
export async function recordMembershipChecked(
  em: EntityManager,
  cause: Cause,
  organisation: string,
  { id, person, until }: { id: string; person: string; until: Day | null },
): Promise<void> {
  const row = await lockHeld(em, cause, person, id);
  refuseDays({ since: row.since, until }, londonDay(cause.at));
  await em.nativeUpdate(ProfessionalMembershipRow, { id }, { until, checkedBy: cause.who, checkedAt: cause.at });
  await recordMembershipAudit(em, cause, organisation, { what: 'check', row });
}

/**
 * Ends it, and those that hang on it.
 *
 * @returns the registers of all that ended
 * @throws {Refusal} NOT_FOUND, SAME_PERSON, WRONG_STATE
 */
export async function recordMembershipEnded(
  em: EntityManager,
  cause: Cause,
  organisation: string,
  { id, person, reason }: { id: string; person: string; reason: MembershipEndReason },
): Promise<Body[]> {
  const row = await lockHeld(em, cause, person, id);
  const others = (await heldMemberships(em, person)).filter((each) => each.id !== id);
  const ending = [row, ...hangingOn(row, others)];
  const ended = { endedBy: cause.who, endedAt: cause.at, endReason: reason };
  await em.nativeUpdate(ProfessionalMembershipRow, { id: { $in: ending.map((each) => each.id) } }, ended);
  for (const [at, each] of ending.entries())
    await recordMembershipAudit(em, cause, organisation, { what: 'end', row: each, reason }, at + 1);
  const bodies = ending.map(({ body }) => body);
  await recordMembershipMail(em, cause, organisation, { what: 'end', person, bodies });
  return bodies;
}

/** All that somebody has, once their Care ID is closed: a number is then free for another Care ID of theirs. The caller holds the lock. */
export async function recordMembershipsOfClosedEnded(em: EntityManager, cause: Cause, organisation: string, person: string): Promise<void> {
  const reason = 'closed';
  const held = await heldMemberships(em, person);
  await em.nativeUpdate(ProfessionalMembershipRow, { person, endedAt: null }, { endedBy: cause.who, endedAt: cause.at, endReason: reason });
  for (const [at, row] of held.entries()) await recordMembershipAudit(em, cause, organisation, { what: 'end', row, reason }, at + 1);
}

async function lockHeld(em: EntityManager, cause: Cause, person: string, id: string): Promise<ProfessionalMembershipRow> {
  await lockPerson(em, person, cause.who);
  const row = await findProfessionalMembership(em, person, id);
  if (row.endedAt) throw new Refusal('WRONG_STATE', 'This membership has ended', { by: row.endedBy ?? '', at: row.endedAt.toISOString() });
  return row;
}

async function lockPerson(em: EntityManager, person: string, who: string): Promise<void> {
  refuseOwnMembership(person, who);
  await em.execute(`select 1 from person where id = :person for update`, { person });
}

const recordMembershipAudit = (
  em: EntityManager,
  cause: Cause,
  organisation: string,
  { what, row, reason }: { what: 'add' | 'check' | 'end'; row: Pick<ProfessionalMembershipRow, 'id' | 'person' | 'body'>; reason?: string },
  n = 1,
): Promise<void> =>
  recordAudit(
    em,
    cause,
    {
      what: `professional-membership.${what}`,
      subjectKind: 'person',
      subjectId: row.person,
      organisation,
      detail: { membership: row.id, body: row.body, ...(reason && { reason }) },
    },
    n,
  );

/** The person is told of what is recorded of them, and of what ends. */
const recordMembershipMail = (
  em: EntityManager,
  cause: Cause,
  organisation: string,
  { what, person, bodies }: { what: 'add' | 'end'; person: string; bodies: readonly Body[] },
): Promise<void> =>
  recordMail(
    em,
    {
      to: { kind: 'person', id: person },
      about: { kind: 'person', id: person },
      organisation,
      template: 'professional-membership-changed',
      data: { what, bodies: bodies.join(' '), at: cause.at.toISOString() },
    },
    cause,
  );
