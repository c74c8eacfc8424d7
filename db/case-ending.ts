/**
 * Ending an open case before it is done: who asked, why, and who agreed where two are needed.
 * The row holds the words, so that Temporal carries its id only; the workflow's activity calls `recordEnding` when it ends.
 */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { refuseUnless } from '../domain/permission.ts';
import { nothingHere, Refusal } from '../domain/refusal.ts';
import { actorIn } from './actor.ts';
import { type Cause, recordAudit } from './audit.ts';

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

/** Tells its audit record from the one its caller leaves with the same cause. */
const endingRecord = 80;

/**
 * The end itself, in the transaction that closes the open case. A retry changes nothing and judges nobody again.
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
  return ending;
}
