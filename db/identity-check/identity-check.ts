/**
 * Checks of identities: who took each, what they said of the person, and what they found at each task.
 * The lease is on the application's row (taken with skip locked, renewed by each answer); answers say of what they were found.
 */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { nextState } from '../../domain/application.ts';
import type { AnswerKey, KeptAnswer } from '../../domain/identity-check/answers.ts';
import type { Check } from '../../domain/identity-check/check.ts';
import {
  type Declaration,
  hasIt,
  isOwn,
  isTaken,
  leaseFrom,
  refuseToCheck,
  refuseUnlessDeclared,
  refuseUnlessHeld,
} from '../../domain/identity-check.ts';
import {
  type ApplicationRow,
  ApplicationRow as Row,
  asApplication,
  audit,
  lockApplication,
  openCaseKind,
} from '../application/application.ts';
import type { Cause } from '../audit.ts';
import { type LikeCandidate, candidatesFor, comparedApplicant, comparedPerson } from './duplicate.ts';
import { sentDocuments } from '../application/evidence.ts';
import { fraudAskedOf } from './fraud-question.ts';
import { recordOpenCase } from '../open-case/open-case.ts';
import { findPerson } from '../person/person.ts';

const schema = defineEntity({
  name: 'IdentityCheckRow',
  tableName: 'identity_check',
  properties: {
    application: p.uuid().primary(),
    checker: p.uuid().primary(),
    /** When they took it last. */
    takenAt: p.datetime(),
    declaration: p.string().$type<Declaration>().nullable(),
    declaredAt: p.datetime().nullable(),
    /** Trained to examine documents, as they say. */
    trained: p.boolean().default(false),
  },
});

export class IdentityCheckRow extends schema.class {}
schema.setClass(IdentityCheckRow);

const answerSchema = defineEntity({
  name: 'IdentityAnswerRow',
  tableName: 'identity_answer',
  properties: {
    application: p.uuid().primary(),
    task: p.string().primary(),
    answer: p.json(),
    about: p.string(),
    answeredBy: p.uuid(),
    answeredAt: p.datetime(),
  },
});

export class IdentityAnswerRow extends answerSchema.class {}
answerSchema.setClass(IdentityAnswerRow);

export const checkOf = (em: EntityManager, application: string, checker: string): Promise<IdentityCheckRow | null> =>
  em.findOne(IdentityCheckRow, { application, checker }, { refresh: true });

export interface LoadedCheck extends Check {
  row: ApplicationRow;
  mine: IdentityCheckRow | null;
  alike: LikeCandidate[];
}

/** A check with all that was found, as one checker's. Six queries, whatever was sent in. */
export async function loadCheck(em: EntityManager, row: ApplicationRow, checker: string): Promise<LoadedCheck> {
  const mine = await checkOf(em, row.id, checker);
  const documents = await sentDocuments(em, row.id);
  const alike = await candidatesFor(em, row);
  const kept = await em.find(IdentityAnswerRow, { application: row.id }, { refresh: true });
  return {
    row,
    mine,
    alike,
    checker,
    trained: mine?.trained ?? false,
    photo: row.photo ?? null,
    documents: documents.map(({ id, type, number, issuer, issuedOn, expiresOn, version, photos }) => ({
      id,
      type,
      version,
      photos,
      number: number ?? null,
      issuer: issuer ?? null,
      issuedOn: issuedOn ?? null,
      expiresOn: expiresOn ?? null,
    })),
    candidates: alike.map(({ person }) => person.key),
    answers: kept.map(asKept),
    fraud: await fraudAskedOf(em, row.id),
  };
}

const asKept = ({ task, answer, about, answeredBy, answeredAt }: IdentityAnswerRow): KeptAnswer => ({
  task,
  answer,
  about,
  by: answeredBy,
  at: answeredAt,
});

/** Whether somebody may check it at all, whatever their roles. @throws {Refusal} SAME_PERSON, NOT_PERMITTED */
export async function refuseToTake(em: EntityManager, row: ApplicationRow, checker: string): Promise<void> {
  const person = comparedPerson(await findPerson(em, checker));
  const declared = (await checkOf(em, row.id, checker))?.declaration ?? null;
  refuseToCheck({ isOwn: isOwn(comparedApplicant(row), person), declared });
}

/**
 * Takes an application, or renews what the checker has. In a transaction.
 *
 * @returns until when it is theirs
 * @throws {Refusal} WRONG_STATE if somebody else has it, or it does not wait for a check; SAME_PERSON; NOT_PERMITTED
 */
export async function recordTaken(em: EntityManager, application: string, checker: string, cause: Cause): Promise<Date> {
  const row = await lockApplication(em, application);
  nextState(asApplication(row), 'take');
  const { state, leasedBy = null, leasedUntil = null } = row;
  if (leasedBy && leasedBy !== checker && isTaken({ state, leasedBy, leasedUntil }, cause.at))
    throw hasIt(leasedBy, (await checkOf(em, application, leasedBy))?.takenAt ?? null);
  await refuseToTake(em, row, checker);
  const until = await lease(em, row, checker, cause);
  await audit(em, 'take', row, cause, { until: until.toISOString() });
  return until;
}

/** Gives it back to the queue. @throws {Refusal} WRONG_STATE if they do not have it */
export async function recordReleased(em: EntityManager, application: string, checker: string, cause: Cause): Promise<void> {
  const row = await lockHeld(em, application, checker);
  await release(em, row, cause);
  await audit(em, 'release', row, cause);
}

async function release(em: EntityManager, row: ApplicationRow, cause: Cause): Promise<void> {
  await em.nativeUpdate(Row, { id: row.id }, { state: nextState(asApplication(row), 'release'), leasedBy: null, leasedUntil: null });
  await recordStanding(em, row, cause, null);
}

/** Gives it to another checker, who has as long as if they had taken it. The row is locked. @throws {Refusal} WRONG_STATE if it waits for no check */
export async function recordHandedOver(em: EntityManager, row: ApplicationRow, to: string, cause: Cause): Promise<void> {
  nextState(asApplication(row), 'take');
  await lease(em, row, to, cause);
  await audit(em, 'hand-over', row, cause, { to });
}

async function lease(em: EntityManager, row: ApplicationRow, checker: string, cause: Cause): Promise<Date> {
  const until = leaseFrom(cause.at);
  await em.nativeUpdate(Row, { id: row.id }, { state: 'checking', leasedBy: checker, leasedUntil: until });
  const taken = { application: row.id, checker, takenAt: cause.at };
  await em.upsert(IdentityCheckRow, taken, { onConflictMergeFields: ['takenAt'] });
  await recordStanding(em, row, cause, checker);
  return until;
}

/** On the list of open cases: in the hands of one checker, or of any. */
function recordStanding(em: EntityManager, { id, organisation }: ApplicationRow, { at }: Cause, checker: string | null): Promise<void> {
  const opened = { kind: openCaseKind, id, organisation, person: null, waitsFor: 'id-checker', since: at };
  return recordOpenCase(em, checker ? { ...opened, stage: 'checking', waitsForPerson: checker } : { ...opened, stage: 'to-check' });
}

/** Waits until nobody else is changing it. @throws {Refusal} WRONG_STATE if the checker does not have it */
export async function lockHeld(em: EntityManager, application: string, checker: string): Promise<ApplicationRow> {
  const row = await lockApplication(em, application);
  await refuseUnlessHolds(em, row, checker);
  return row;
}

/** @throws {Refusal} WRONG_STATE if the checker does not have it, with who does */
export async function refuseUnlessHolds(em: EntityManager, row: ApplicationRow, checker: string): Promise<void> {
  const { leasedBy = null, leasedUntil = null } = row;
  const takenAt = leasedBy && leasedBy !== checker ? ((await checkOf(em, row.id, leasedBy))?.takenAt ?? null) : null;
  refuseUnlessHeld({ ...asApplication(row), leasedBy, leasedUntil }, checker, takenAt);
}

/** Puts off the end of the checker's time. */
const renew = (em: EntityManager, { id }: ApplicationRow, { at }: Cause) => em.nativeUpdate(Row, { id }, { leasedUntil: leaseFrom(at) });

/** What the checker says of the person. One who knows them loses it, and is not given it again. */
export async function recordDeclaration(
  em: EntityManager,
  { application, checker }: { application: string; checker: string },
  { declaration, trained }: { declaration: Declaration; trained: boolean },
  cause: Cause,
): Promise<void> {
  const row = await lockHeld(em, application, checker);
  await em.nativeUpdate(IdentityCheckRow, { application, checker }, { declaration, trained, declaredAt: cause.at });
  if (declaration === 'knows') await release(em, row, cause);
  else await renew(em, row, cause);
  await audit(em, 'declare', row, cause, { declaration, trained: String(trained) });
}

/** @throws {Refusal} WRONG_STATE if the checker does not have it, or has not said whether they know the person */
export async function lockToAnswer(em: EntityManager, application: string, checker: string): Promise<ApplicationRow> {
  const row = await lockHeld(em, application, checker);
  refuseUnlessDeclared((await checkOf(em, application, checker))?.declaration ?? null);
  return row;
}

/** Saves what the checker found, in place of what was found before, and renews their time. The row is locked. */
export async function recordAnswer(
  em: EntityManager,
  row: ApplicationRow,
  { task, answer, about }: { task: AnswerKey; answer: unknown; about: string },
  cause: Cause,
): Promise<void> {
  await em.upsert(IdentityAnswerRow, { application: row.id, task, answer, about, answeredBy: cause.who, answeredAt: cause.at });
  await recordWorkedOn(em, row, task, cause);
}

/** Renews the checker's time with what they did. */
export async function recordWorkedOn(em: EntityManager, row: ApplicationRow, task: string, cause: Cause): Promise<void> {
  await renew(em, row, cause);
  await audit(em, 'check-task', row, cause, { task });
}
