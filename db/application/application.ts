/**
 * Applications for a Care ID. A draft belongs to the browser it was begun in; once sent in, to whoever comes back by a link and a code.
 * What the workflow changes goes through recordApplication; answers of a draft through recordAnswers.
 */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { visitLimits } from '../../domain/applicant-visit.ts';
import type { Answers, Question } from '../../domain/application-answers.ts';
import { type Action, type Application, nextState, stages, type State, states } from '../../domain/application.ts';
import type { NoNumberReason } from '../../domain/national-insurance-number.ts';
import type { PersonalName } from '../../domain/personal-name.ts';
import { nothingHere, Refusal } from '../../domain/refusal.ts';
import { type Cause, recordAudit } from '../audit.ts';
import { recordOpenCase } from '../open-case/open-case.ts';
import { findOrganisation } from '../organisation/organisation.ts';

const schema = defineEntity({
  name: 'ApplicationRow',
  tableName: 'application',
  properties: {
    id: p.uuid().primary(),
    /** What people say on the telephone: ten letters and digits. */
    reference: p.string(),
    /** The browser that a draft belongs to, or belonged to. */
    session: p.string().nullable(),
    organisation: p.string(),
    invitation: p.uuid().nullable(),
    state: p.enum(states),
    version: p.integer(),
    evidenceVersion: p.integer().default(0),
    givenName: p.string().nullable(),
    middleNames: p.string().nullable(),
    familyName: p.string().nullable(),
    dateOfBirth: p.date().nullable(),
    nationalInsuranceNumber: p.string().nullable(),
    noNumberReason: p.string().$type<NoNumberReason>().nullable(),
    email: p.string().nullable(),
    emailConfirmedAt: p.datetime().nullable(),
    mobile: p.string().nullable(),
    job: p.string().nullable(),
    /** Of themselves, as it was sent in; and as it will be with the next sending. */
    photo: p.uuid().nullable(),
    stagedPhoto: p.uuid().nullable(),
    expectedBy: p.uuid().nullable(),
    expectedAt: p.datetime().nullable(),
    /** What an ID checker asked for last, in their words. */
    asked: p.string().nullable(),
    /** Why it was refused: a code of the table of whoever refused. */
    reason: p.string().nullable(),
    /** Who it made, or turned out to be. */
    person: p.uuid().nullable(),
    leasedBy: p.uuid().nullable(),
    leasedUntil: p.datetime().nullable(),
    changedBy: p.string(),
    changedAt: p.datetime(),
    madeAt: p.datetime(),
    submittedAt: p.datetime().nullable(),
    /** When everything in it was deleted. */
    removedAt: p.datetime().nullable(),
  },
});

export class ApplicationRow extends schema.class {}
schema.setClass(ApplicationRow);

export const openCaseKind = 'identity-proofing';
/** Also the workflow's id. */
export const caseIdOf = (id: string) => `${openCaseKind}/${id}`;

/** How long a draft opens by itself in the browser it was begun in, after its last change. After that: a link and a code. */
const opensByItselfMs = visitLimits.draftIdleMs;

export interface Begun {
  id: string;
  reference: string;
  session: string;
  organisation: string;
  invitation: string | null;
  job: string | null;
}

export async function recordDraft(em: EntityManager, begun: Begun, cause: Cause): Promise<void> {
  const at = { changedBy: begun.id, changedAt: cause.at, madeAt: cause.at };
  // A browser holds one draft: an earlier one is come back to with its reference.
  await em.nativeUpdate(ApplicationRow, { session: begun.session }, { session: null });
  await em.insert(ApplicationRow, { ...begun, state: 'draft', version: 1, ...at });
  await audit(em, 'start', begun, cause);
}

/** The application that a caller speaks for, if there is one: by its own id, or a draft by the browser's. */
export async function getOwnApplication(em: EntityManager, caller: string): Promise<ApplicationRow | null> {
  const since = new Date(Date.now() - opensByItselfMs);
  const own = { $or: [{ id: caller }, { session: caller, state: 'draft' as const, changedAt: { $gt: since } }] };
  return em.findOne(ApplicationRow, { ...own, removedAt: null }, { orderBy: { madeAt: -1 }, refresh: true });
}

/** The same, once it was sent in too: so that the form that sends it in may come twice, and is answered the same. */
export const getOwnToSubmit = (em: EntityManager, caller: string): Promise<ApplicationRow | null> =>
  em.findOne(ApplicationRow, { $or: [{ id: caller }, { session: caller }], removedAt: null }, { orderBy: { madeAt: -1 }, refresh: true });

/** @throws {Refusal} NOT_FOUND; drafts are nobody's but their applicant's. Says nothing else of who may see it */
export async function findApplication(em: EntityManager, id: string): Promise<Found> {
  const row = await em.findOne(ApplicationRow, { id, state: { $ne: 'draft' }, removedAt: null }, { refresh: true });
  if (!row) throw nothingHere();
  return { ...(await findOrganisation(em, row.organisation)), row };
}

export interface Found {
  organisation: string;
  organisationName: string;
  row: ApplicationRow;
}

/** Waits until nobody else is changing it. @throws {Refusal} NOT_FOUND */
export async function lockApplication(em: EntityManager, id: string): Promise<ApplicationRow> {
  await em.execute(`select 1 from application where id = :id for update`, { id });
  const row = await em.findOne(ApplicationRow, { id, removedAt: null }, { refresh: true });
  if (!row) throw nothingHere();
  return row;
}

type Given = Partial<
  Pick<
    ApplicationRow,
    | 'givenName'
    | 'middleNames'
    | 'familyName'
    | 'dateOfBirth'
    | 'nationalInsuranceNumber'
    | 'noNumberReason'
    | 'email'
    | 'emailConfirmedAt'
    | 'mobile'
    | 'job'
  >
>;

/** Saves the answer to one question. @throws {Refusal} WRONG_STATE once it was sent in */
export async function recordAnswers(
  em: EntityManager,
  id: string,
  question: Question,
  given: (row: ApplicationRow) => Given,
  cause: Cause,
): Promise<void> {
  const row = await lockApplication(em, id);
  if (row.state !== 'draft') throw alreadySent();
  await em.nativeUpdate(ApplicationRow, { id }, { ...given(row), changedAt: cause.at });
  await audit(em, 'answer', row, cause, { question });
}

export const alreadySent = () =>
  new Refusal('WRONG_STATE', 'Your application was sent in. Ask the organisation you are joining if an answer in it is wrong');

export interface Change {
  action: Action;
  due: string | null;
  /** Ids, dates and codes. */
  detail?: Record<string, string>;
}

/** Moves an application on, with its audit record and open case. The row is locked, and not yet moved by this cause. */
export async function recordApplication(
  em: EntityManager,
  row: ApplicationRow,
  { action, due, detail = {} }: Change,
  more: Partial<ApplicationRow>,
  cause: Cause,
): Promise<Application> {
  const before = asApplication(row);
  const state = nextState(before, action);
  const moved = { state, version: row.version + 1, leasedBy: null, leasedUntil: null, changedBy: cause.who, changedAt: cause.at };
  await em.nativeUpdate(ApplicationRow, { id: row.id }, { ...more, ...moved });
  await audit(em, action, row, cause, { state, ...detail });
  await recordStage(em, row, state, cause, due ? new Date(due) : null);
  return asApplication(await em.findOneOrFail(ApplicationRow, { id: row.id }, { refresh: true }));
}

/** Puts it on the list of open cases as it now stands. */
export async function recordStage(
  em: EntityManager,
  { id, organisation }: Pick<ApplicationRow, 'id' | 'organisation'>,
  state: State,
  { at }: Cause,
  due?: Date | null,
): Promise<void> {
  const { stage, waitsFor } = stages[state] ?? { stage: state, waitsFor: null };
  const opened = { kind: openCaseKind, id, organisation, person: null, stage, waitsFor, since: at };
  await recordOpenCase(em, { ...opened, ...(due && { due }) });
}

export function audit(
  em: EntityManager,
  action: string,
  { id, organisation }: Pick<ApplicationRow, 'id' | 'organisation'>,
  cause: Cause,
  detail: Record<string, string> = {},
): Promise<void> {
  return recordAudit(em, cause, { what: `application.${action}`, subjectKind: 'application', subjectId: id, organisation, detail });
}

/** What goes through Temporal. */
export const asApplication = ({
  id,
  organisation,
  state,
  version,
  evidenceVersion,
  changedBy,
  changedAt,
}: ApplicationRow): Application => ({ id, organisation, state, version, evidenceVersion, changedBy, changedAt: changedAt.toISOString() });

export const nameOf = ({ givenName, middleNames, familyName }: ApplicationRow): PersonalName => ({
  given: givenName ?? null,
  middle: middleNames ?? null,
  family: familyName ?? '',
});

export const answersOf = (row: ApplicationRow): Answers => ({
  givenName: row.givenName ?? null,
  middleNames: row.middleNames ?? null,
  familyName: row.familyName ?? null,
  dateOfBirth: row.dateOfBirth ?? null,
  nationalInsuranceNumber: row.nationalInsuranceNumber ?? null,
  noNumberReason: row.noNumberReason ?? null,
  email: row.email ?? null,
  mobile: row.mobile ?? null,
  job: row.job ?? null,
  hasPhotograph: Boolean(row.stagedPhoto ?? row.photo),
  emailConfirmed: Boolean(row.emailConfirmedAt),
});
