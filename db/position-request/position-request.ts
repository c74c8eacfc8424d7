import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import {
  type Action,
  type Deadlines,
  type PositionRequest,
  states,
  type State,
  waitsFor,
  wrongState,
} from '../../domain/position-request.ts';
import { nothingHere, Refusal } from '../../domain/refusal.ts';
import { type Cause, isRecorded, recordAudit } from '../audit.ts';
import { recordOpenCase } from '../open-case/open-case.ts';
import { findOrganisation } from '../organisation/organisation.ts';
import { recordPositionRequestMail } from './position-request-mail.ts';
import { findPosition } from './position.ts';
import { insertRoleProfile, nextRoleProfileId } from './role-profile.ts';

const schema = defineEntity({
  name: 'PositionRequestRow',
  tableName: 'position_request',
  properties: {
    id: p.uuid().primary(),
    organisation: p.string(),
    beneficiary: p.uuid(),
    asker: p.uuid(),
    position: p.uuid(),
    /** The id of the words that say why. */
    why: p.uuid(),
    startsOn: p.date(),
    endsOn: p.date().nullable(),
    state: p.enum(states),
    /** One more with each change; an attempt that comes late finds it moved on. */
    version: p.integer(),
    changedBy: p.string(),
    changedAt: p.datetime(),
    askedAt: p.datetime(),
    remindAt: p.datetime(),
    dueAt: p.datetime(),
    expiresAt: p.datetime(),
    /** Whom the RA manager asked to decide it. */
    namedSponsor: p.uuid().nullable(),
    roleProfile: p.string().nullable(),
    leasedBy: p.uuid().nullable(),
    leasedUntil: p.datetime().nullable(),
  },
});

export class PositionRequestRow extends schema.class {}
schema.setClass(PositionRequestRow);

export type Asked = Pick<PositionRequest, 'id' | 'organisation' | 'beneficiary' | 'asker' | 'position' | 'why' | 'startsOn' | 'endsOn'>;
export type Change =
  | { action: 'submit'; request: Asked }
  | {
      action: Action;
      request: PositionRequest;
      to: State;
      endsOn?: string;
      /** The id of a question, an answer or a reason. */
      words?: string;
      /** The row of case_ending by which a manager ends it. */
      ending?: string;
    };

/**
 * Saves a change with its audit record, its open case and its letters, in the caller's transaction.
 * Tried again with the same cause it changes nothing and returns the same answer.
 *
 * @param deadlines of the state it comes to
 * @throws {Refusal} WRONG_STATE if something else changed the request first
 */
export async function recordPositionRequest(
  em: EntityManager,
  change: Change,
  deadlines: Deadlines,
  cause: Cause,
): Promise<PositionRequest> {
  const { id } = change.request;
  const what = `position-request.${change.action}`;
  const changed = 'to' in change ? await update(em, change, deadlines, cause) : await insert(em, change.request, deadlines, cause);
  const request = await getPositionRequest(em, id);
  if (!changed) {
    if (await isRecorded(em, cause, what)) return request;
    throw wrongState(request);
  }
  const { organisation, beneficiary: person, state, asker, roleProfile } = request;
  const words = 'to' in change ? change.words : change.request.why;
  const detail = { state, ...(words && { words }), ...(roleProfile && { roleProfile }) };
  await recordAudit(em, cause, { what, subjectKind: 'position-request', subjectId: id, organisation, detail });
  await recordOpenCase(em, {
    kind: 'position-request',
    id,
    organisation,
    person,
    stage: state,
    waitsFor: waitsFor(state),
    since: cause.at,
    due: new Date(request.dueAt),
    ...(state === 'sent-back' && { waitsForPerson: asker }),
  });
  await recordPositionRequestMail(em, change.action, request, cause);
  return request;
}

async function insert(em: EntityManager, asked: Asked, deadlines: Deadlines, { who, at }: Cause): Promise<boolean> {
  const row = { ...asked, ...moments(deadlines), state: 'submitted' as const, version: 1, changedBy: who, changedAt: at, askedAt: at };
  const { affectedRows } = await em.createQueryBuilder(PositionRequestRow).insert(row).onConflict('id').ignore().execute('run');
  return affectedRows === 1;
}

async function update(
  em: EntityManager,
  change: Extract<Change, { to: State }>,
  deadlines: Deadlines,
  { who, at }: Cause,
): Promise<boolean> {
  const { id, version, organisation, beneficiary, startsOn } = change.request;
  const endsOn = change.endsOn ?? change.request.endsOn;
  const roleProfile = change.to === 'approved' ? await nextRoleProfileId(em) : null;
  const values = { state: change.to, version: version + 1, endsOn, roleProfile, changedBy: who, changedAt: at, ...moments(deadlines) };
  if ((await em.nativeUpdate(PositionRequestRow, { id, version }, values)) === 0) return false;
  if (roleProfile) {
    const { id: position, jobRole, activities } = await findPosition(em, change.request.position);
    await insertRoleProfile(em, roleProfile, { person: beneficiary, organisation, position, jobRole, activities, startsOn, endsOn });
  }
  return true;
}

const moments = ({ remindAt, dueAt, expiresAt }: Deadlines) => ({
  remindAt: new Date(remindAt),
  dueAt: new Date(dueAt),
  expiresAt: new Date(expiresAt),
});

/** @throws {Refusal} NOT_FOUND. Says nothing of who may see it: ask `refuseUnless` with what is found. */
export async function findPositionRequest(em: EntityManager, id: string): Promise<PositionRequest & { organisationName: string }> {
  const row = await em.findOne(PositionRequestRow, { id }, { refresh: true });
  if (!row) throw nothingHere();
  return { ...asRequest(row), ...(await findOrganisation(em, row.organisation)) };
}

const getPositionRequest = async (em: EntityManager, id: string) =>
  asRequest(await em.findOneOrFail(PositionRequestRow, { id }, { refresh: true }));

/** What goes through Temporal: ids, and dates as text. */
function asRequest(row: PositionRequestRow): PositionRequest {
  const { id, organisation, beneficiary, asker, position, why, startsOn, state, version, changedBy } = row;
  return {
    id,
    organisation,
    beneficiary,
    asker,
    position,
    why,
    startsOn,
    endsOn: row.endsOn ?? null,
    state,
    version,
    changedBy,
    changedAt: row.changedAt.toISOString(),
    remindAt: row.remindAt.toISOString(),
    dueAt: row.dueAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    roleProfile: row.roleProfile ?? null,
  };
}

/**
 * Takes the request for 15 minutes, or for 15 more. Never waits: a row somebody is just taking is theirs.
 *
 * @throws {Refusal} WRONG_STATE if somebody else has it, or nobody needs to decide it
 */
export async function recordClaim(em: EntityManager, request: PositionRequest, cause: Cause): Promise<Date> {
  const { id } = request;
  const [lease] = await em.execute<Array<{ until: string }>>(
    `update position_request set leased_by = :who, leased_until = now() + interval '15 minutes'
     where id = (
       select id from position_request
       where id = :id and state = 'submitted' and (leased_by is null or leased_by = :who or leased_until < now())
       for update skip locked)
     returning leased_until as until`,
    { id, who: cause.who },
  );
  if (!lease) throw new Refusal('WRONG_STATE', 'Somebody else has taken on this request, or it needs no decision now', { id });
  await audit(em, cause, 'claim', request);
  return new Date(lease.until);
}

/**
 * Asks one sponsor to decide, and tells them. The request itself does not change: any sponsor may still decide it.
 *
 * @throws {Refusal} WRONG_STATE if it no longer waits for a sponsor
 */
export async function recordNamedSponsor(em: EntityManager, id: string, sponsor: string, cause: Cause): Promise<void> {
  const lease = { leasedBy: null, leasedUntil: null }; // whoever had taken it on was too slow
  const named = await em.nativeUpdate(PositionRequestRow, { id, state: 'submitted' }, { namedSponsor: sponsor, ...lease });
  const request = await getPositionRequest(em, id);
  if (named === 0) throw wrongState(request);
  await audit(em, cause, 'name-sponsor', request, { sponsor });
  await recordWaiting(em, request, cause, { stage: 'sponsor-named', sponsor });
  await recordPositionRequestMail(em, 'name-sponsor', request, cause, [sponsor]);
}

/** Leaves the mark of a reminder or an escalation: once for each cause. */
export async function recordTold(em: EntityManager, request: PositionRequest, what: 'remind' | 'escalate', cause: Cause): Promise<void> {
  const told = await recordPositionRequestMail(em, what, request, cause);
  await audit(em, cause, what, request, { state: request.state, told: told.join(' ') });
  if (what === 'escalate') await recordWaiting(em, request, cause, { stage: 'escalated' });
}

const recordWaiting = (
  em: EntityManager,
  request: PositionRequest,
  { at }: Cause,
  { stage, sponsor }: { stage: string; sponsor?: string },
) =>
  recordOpenCase(em, {
    kind: 'position-request',
    id: request.id,
    organisation: request.organisation,
    person: request.beneficiary,
    stage,
    waitsFor: waitsFor(request.state),
    since: at,
    ...(sponsor && { waitsForPerson: sponsor }),
  });

const audit = (em: EntityManager, cause: Cause, verb: string, request: PositionRequest, detail: Record<string, string> = {}) =>
  recordAudit(em, cause, {
    what: `position-request.${verb}`,
    subjectKind: 'position-request',
    subjectId: request.id,
    organisation: request.organisation,
    detail,
  });
