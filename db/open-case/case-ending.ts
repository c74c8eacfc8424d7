/**
 * Ending an open case before it is done: who asked, why, and who agreed where two are needed.
 * The row holds the words, so that Temporal carries its id only; the workflow's activity calls `recordEnding` when it ends.
 */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { refuseUnless } from '../../domain/permission.ts';
import { nothingHere, Refusal } from '../../domain/refusal.ts';
import { actorIn } from '../actor.ts';
import { type Cause, recordAudit } from '../audit.ts';
import { recordMail } from '../mail/mail.ts';
import { OpenCaseRow } from './open-case.ts';

export const endingStates = ['asked', 'agreed', 'ended', 'withdrawn'] as const;

const schema = defineEntity({
  name: 'CaseEndingRow',
  tableName: 'case_ending',
  properties: {
    id: p.uuid().primary(),
    kind: p.string(),
    caseId: p.uuid(),
    organisation: p.string(),
    reason: p.string(),
    words: p.string(),
    askedBy: p.uuid(),
    askedAt: p.datetime(),
    needsTwo: p.boolean(),
    agreedBy: p.uuid().nullable(),
    agreedAt: p.datetime().nullable(),
    state: p.enum(endingStates),
    changedAt: p.datetime(),
  },
});

export class CaseEndingRow extends schema.class {}
schema.setClass(CaseEndingRow);

export interface AskedEnding {
  id: string;
  kind: string;
  caseId: string;
  organisation: string;
  reason: string;
  words: string;
  needsTwo: boolean;
}

/**
 * Asks for a case to be ended. Where one person is enough it is agreed at once. The same id asks once.
 *
 * @throws {Refusal} WRONG_STATE if somebody else's is waiting to be agreed to
 */
export async function recordEndingAsked(em: EntityManager, asked: AskedEnding, cause: Cause): Promise<void> {
  const { id, kind, caseId, organisation, reason, words, needsTwo } = asked;
  await em.transactional(async (tx) => {
    const row = {
      ...asked,
      askedBy: cause.who,
      askedAt: cause.at,
      state: needsTwo ? ('asked' as const) : ('agreed' as const),
      changedAt: cause.at,
    };
    const { affectedRows } = await tx.createQueryBuilder(CaseEndingRow).insert(row).onConflict().ignore().execute('run');
    if (affectedRows === 0) {
      if (await tx.findOne(CaseEndingRow, { id })) return;
      throw new Refusal('WRONG_STATE', 'Somebody has asked for this case to be ended already, and a second person has to agree');
    }
    const detail = { ending: id, reason, words };
    await recordAudit(tx, cause, { what: 'open-case.ask-end', subjectKind: kind, subjectId: caseId, organisation, detail });
  });
}

/** The one that waits for a second person. */
export const endingAskedFor = (em: EntityManager, kind: string, caseId: string): Promise<CaseEndingRow | null> =>
  em.findOne(CaseEndingRow, { kind, caseId, state: 'asked' }, { refresh: true });

/** @throws {Refusal} NOT_FOUND */
export async function findEnding(em: EntityManager, kind: string, caseId: string, id: string): Promise<CaseEndingRow> {
  const row = await em.findOne(CaseEndingRow, { id, kind, caseId }, { refresh: true });
  if (!row) throw nothingHere();
  return row;
}

/**
 * The second person agrees, or it is withdrawn by either.
 *
 * @throws {Refusal} SAME_PERSON if whoever asked agrees; WRONG_STATE if it is over
 */
export async function recordEndingAnswered(
  em: EntityManager,
  ending: CaseEndingRow,
  answer: 'agreed' | 'withdrawn',
  cause: Cause,
): Promise<void> {
  const { id, kind, caseId, organisation, askedBy, agreedBy, state } = ending;
  if (answer === 'agreed' && askedBy === cause.who) {
    throw new Refusal('SAME_PERSON', 'You asked for this case to be ended, so somebody else has to agree');
  }
  if (answer === 'agreed' && agreedBy === cause.who && state !== 'withdrawn') return;
  const agreed = answer === 'agreed' && { agreedBy: cause.who, agreedAt: cause.at };
  await em.transactional(async (tx) => {
    const changed = await tx.nativeUpdate(CaseEndingRow, { id, state: 'asked' }, { state: answer, ...agreed, changedAt: cause.at });
    if (changed === 0) throw new Refusal('WRONG_STATE', `This was already ${state}`, { state });
    const what = answer === 'agreed' ? 'open-case.agree-end' : 'open-case.withdraw-end';
    await recordAudit(tx, cause, { what, subjectKind: kind, subjectId: caseId, organisation, detail: { ending: id } });
  });
}

/** Tells its audit record from the one its caller leaves with the same cause. */
const endingRecord = 80;

/**
 * The end itself, in the transaction that closes the open case and before that is closed: whoever it is about or waits for is told.
 * A retry changes nothing and judges nobody again.
 *
 * @throws {Refusal} NOT_FOUND; WRONG_STATE if a second person has not agreed, or it was withdrawn; NOT_PERMITTED by the roles of this moment
 */
export async function recordEnding(em: EntityManager, id: string, cause: Cause): Promise<CaseEndingRow> {
  const ending = await em.findOne(CaseEndingRow, { id }, { refresh: true });
  if (!ending) throw nothingHere();
  const { kind, caseId, organisation, reason, words, askedBy, agreedBy, state } = ending;
  if (state === 'ended') return ending;
  if (state !== 'agreed') throw new Refusal('WRONG_STATE', 'A second person has to agree before this case is ended', { state });
  for (const who of [askedBy, agreedBy]) {
    if (who) refuseUnless(await actorIn(em, who, organisation), 'open-case.act', { organisation });
  }
  await em.nativeUpdate(CaseEndingRow, { id, state: 'agreed' }, { state: 'ended', changedAt: cause.at });
  const detail = { reason, words, askedBy, ...(agreedBy && { agreedBy }) };
  await recordAudit(em, cause, { what: 'open-case.end', subjectKind: kind, subjectId: caseId, organisation, detail }, endingRecord);
  await tell(em, ending, cause);
  return ending;
}

/** An applicant is told by the application's own letter. */
async function tell(em: EntityManager, { kind, caseId, organisation }: CaseEndingRow, cause: Cause): Promise<void> {
  const open = await em.findOne(OpenCaseRow, { kind, id: caseId }, { refresh: true });
  const people = new Set([open?.person, open?.waitsForPerson].filter((id) => typeof id === 'string' && id !== cause.who));
  for (const id of people) {
    const to = { kind: 'person' as const, id: id as string };
    await recordMail(em, { to, template: 'case-ended', about: { kind, id: caseId }, organisation }, cause);
  }
}
