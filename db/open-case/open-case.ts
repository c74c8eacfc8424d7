/**
 * What is open and whom it waits for: the list a manager looks at.
 * Written with the record of each change, by the activity interceptor when an attempt fails, and by the minute sweep.
 */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { nothingHere } from '../../domain/refusal.ts';
import { type Cause, recordAudit } from '../audit.ts';
import { findOrganisation } from '../organisation/organisation.ts';

const schema = defineEntity({
  name: 'OpenCaseRow',
  tableName: 'open_case',
  properties: {
    kind: p.string().primary(),
    id: p.uuid().primary(),
    organisation: p.string(),
    person: p.uuid().nullable(),
    stage: p.string(),
    waitsFor: p.string(),
    /** Who has it, when it waits for one person. */
    waitsForPerson: p.uuid().nullable(),
    /** By the database, when the row is first written. */
    openedAt: p.datetime(),
    /** Since when it is in this stage. */
    since: p.datetime(),
    due: p.datetime().nullable(),
    /** Two people are needed to end it. */
    holdsCard: p.boolean(),
    failingSince: p.datetime().nullable(),
    /** The activity, or `mail`; the class of its error, never a message; and the id of what it could not reach. */
    failingWhat: p.string().nullable(),
    failingError: p.string().nullable(),
    failingThing: p.string().nullable(),
    attempts: p.integer().default(0),
    nextTryAt: p.datetime().nullable(),
    /** Since when nobody holds a role that could act. */
    nobodySince: p.datetime().nullable(),
    /** Since when Temporal runs no workflow for it. */
    lostSince: p.datetime().nullable(),
  },
});

export class OpenCaseRow extends schema.class {}
schema.setClass(OpenCaseRow);

export interface OpenCase {
  kind: string;
  id: string;
  organisation: string;
  person: string | null;
  stage: string;
  waitsFor: string | null;
  since: Date;
  /** Only given when it changes. */
  due?: Date;
  /** Who has it, if it waits for one person; otherwise nobody in particular has it. */
  waitsForPerson?: string;
  /** Only given when it changes: from when there is a card that somebody must answer for. */
  holdsCard?: boolean;
}

const working = { failingSince: null, failingWhat: null, failingError: null, failingThing: null, attempts: 0, nextTryAt: null };

/** Opens, moves on or (when it waits for nobody) closes a case. A case that moves on is not failing. */
export async function recordOpenCase(em: EntityManager, { waitsFor, ...opened }: OpenCase): Promise<void> {
  if (waitsFor === null) await em.nativeDelete(OpenCaseRow, { kind: opened.kind, id: opened.id });
  else await em.upsert(OpenCaseRow, { waitsForPerson: null, ...opened, waitsFor, ...working, nobodySince: null, lostSince: null });
}

/** Not every workflow is a case: one that sweeps, say. Its id is none of ours. */
const isCaseId = (id: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);

export interface Failing {
  /** The activity, or `mail`. */
  what: string;
  /** A class: a message may hold what identifies a person. */
  error: string;
  /** The id of what could not be reached: a printer's, say. */
  thing?: string | undefined;
  attempts: number;
  nextTryAt: Date | null;
}

/** Marks a case as failing; since when, is when the first of these tries failed. */
export async function recordFailing(em: EntityManager, kind: string, id: string, failing: Failing): Promise<void> {
  if (!isCaseId(id)) return;
  const { what, error, thing = null, attempts, nextTryAt } = failing;
  await em.execute(
    `update open_case set failing_since = coalesce(failing_since, now()), failing_what = :what, failing_error = :error,
       failing_thing = :thing, attempts = :attempts, next_try_at = :nextTryAt
     where kind = :kind and id = :id`,
    { kind, id, what, error, thing, attempts, nextTryAt },
  );
}

/** An attempt follows one that left no mark, because its worker ended: says so until it is known better. */
export async function recordAttempt(em: EntityManager, kind: string, id: string, after: { what: string; attempts: number }): Promise<void> {
  if (!isCaseId(id)) return;
  const failing = { failingSince: new Date(), failingWhat: after.what, failingError: 'WorkerEnded', attempts: after.attempts };
  await em.nativeUpdate(OpenCaseRow, { kind, id, failingSince: null }, failing);
}

/** @param what only this works again: another activity of the case may still fail */
export async function recordWorking(em: EntityManager, kind: string, id: string, what: string): Promise<void> {
  if (isCaseId(id)) await em.nativeUpdate(OpenCaseRow, { kind, id, failingWhat: what }, working);
}

/** That a workflow goes on with a case that nothing ran for. @returns when the case is due */
export async function recordTakenUp(
  em: EntityManager,
  { kind, id, organisation }: { kind: string; id: string; organisation: string },
  cause: Cause,
): Promise<Date | null> {
  await em.nativeUpdate(OpenCaseRow, { kind, id }, { lostSince: null, ...working });
  await recordAudit(em, cause, { what: 'open-case.begin-again', subjectKind: kind, subjectId: id, organisation, detail: {} });
  return (await em.findOne(OpenCaseRow, { kind, id }, { refresh: true }))?.due ?? null;
}

/** @throws {Refusal} NOT_FOUND if it was never open, or is no longer */
export async function findOpenCase(em: EntityManager, kind: string, id: string): Promise<OpenCaseRow & { organisationName: string }> {
  const row = await em.findOne(OpenCaseRow, { kind, id }, { refresh: true });
  if (!row) throw nothingHere();
  return Object.assign(row, await findOrganisation(em, row.organisation));
}

/** What is failing of a case, if it is this. */
export async function getFailing(
  em: EntityManager,
  { kind, id, what }: { kind: string; id: string; what: string },
): Promise<{ thing: string | null; since: Date; attempts: number; nextTryAt: Date | null } | null> {
  const row = await em.findOne(OpenCaseRow, { kind, id, failingWhat: what, failingSince: { $ne: null } }, { refresh: true });
  if (!row?.failingSince) return null;
  const { failingThing: thing = null, failingSince: since, attempts, nextTryAt = null } = row;
  return { thing, since, attempts, nextTryAt };
}
