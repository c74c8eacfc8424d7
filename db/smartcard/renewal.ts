import { defineEntity, type EntityManager, LockMode, p } from '@mikro-orm/postgresql';
import { nothingHere } from '../../domain/refusal.ts';
import {
  isRenewalOver,
  nextRenewalStage,
  type Renewal,
  type RenewalAction,
  type RenewalStage,
  renewalStages,
  renewalWaitsFor,
} from '../../domain/renewal.ts';
import { type Cause, recordAudit } from '../audit.ts';
import { CertificateRow, pairOfCase, recordCertificatesRevoked, recordPairConfirmed } from './certificate.ts';
import { recordMail } from '../mail/mail.ts';
import { recordOpenCase } from '../open-case/open-case.ts';
import { raContactOf } from '../organisation/organisation-contact.ts';
import { findOrganisation } from '../organisation/organisation.ts';
import { uuidOf } from '../uuid.ts';
import { partOf } from './smartcard.ts';

const schema = defineEntity({
  name: 'RenewalRow',
  tableName: 'renewal',
  properties: {
    id: p.uuid().primary(),
    organisation: p.string(),
    person: p.uuid(),
    smartcard: p.uuid(),
    serial: p.string(),
    /** Serial of the authentication certificate that ends. */
    certificate: p.string(),
    notAfter: p.datetime(),
    stage: p.enum(renewalStages),
    version: p.integer(),
    changedBy: p.string(),
    changedAt: p.datetime(),
    openedAt: p.datetime(),
    /** The moment the last reminder stood for; null before the first. */
    remindedFor: p.datetime().nullable(),
    /** Long past, its workflow is gone: the sweep starts it again. */
    nextReminderAt: p.datetime(),
  },
});

export class RenewalRow extends schema.class {}
schema.setClass(RenewalRow);

/** Of the certificate's serial: however often the sweep finds it, it is one renewal. */
export const renewalIdOf = (certificate: string): string => uuidOf(`renewal ${certificate}`);

export interface Renewable {
  /** Of the renewal. */
  id: string;
  certificate: string;
  /** ISO. */
  notAfter: string;
}

/**
 * Authentication certificates in use that end before a moment, soonest first, one page after a cursor: those without a renewal,
 * and those whose renewal is a day behind with its reminders, because its workflow is gone.
 */
export async function renewableCertificates(
  em: EntityManager,
  { endingBefore, after, limit }: { endingBefore: Date; after: Renewable | null; limit: number },
): Promise<Renewable[]> {
  const from = after ? `and (c.not_after, c.serial) > (:notAfter::timestamptz, :serial)` : '';
  const rows = await em.execute<Array<{ certificate: string; notAfter: string }>>(
    `select c.serial as certificate, c.not_after as "notAfter" from certificate c
     join smartcard s on s.id = c.smartcard and s.state in ('active', 'locked')
     join person p on p.id = c.person and p.state <> 'closed' and not exists (select from sandbox_person t where t.person = p.id)
     left join renewal r on r.certificate = c.serial
     where c.kind = 'authentication' and c.state = 'confirmed' and c.not_after <= :endingBefore ${from}
       and (r.id is null or (r.stage not in ('done', 'ended') and r.next_reminder_at < now() - interval '1 day'))
     order by c.not_after, c.serial limit :limit`,
    { endingBefore, limit, ...(after && { notAfter: after.notAfter, serial: after.certificate }) },
  );
  return rows.map(({ certificate, notAfter }) => ({
    id: renewalIdOf(certificate),
    certificate,
    notAfter: new Date(notAfter).toISOString(),
  }));
}

/** Opens the renewal of a certificate, once. @returns null if the certificate is no longer in use, and never was renewed */
export async function recordRenewalOpened(em: EntityManager, cause: Cause, certificate: string): Promise<Renewal | null> {
  const id = renewalIdOf(certificate);
  const inserted = await em.execute<Array<{ id: string }>>(
    `insert into renewal (id, organisation, person, smartcard, serial, certificate, not_after, stage, version,
       changed_by, changed_at, opened_at, next_reminder_at)
     select :id::uuid, p.organisation, c.person, c.smartcard, s.serial, c.serial, c.not_after, 'open', 1, :who, :at, :at, :at
     from certificate c join smartcard s on s.id = c.smartcard and s.state in ('active', 'locked')
     join person p on p.id = c.person and p.state <> 'closed'
     where c.serial = :certificate and c.kind = 'authentication' and c.state = 'confirmed'
     on conflict (id) do nothing returning id`,
    { id, certificate, who: cause.who, at: cause.at },
  );
  const row = await em.findOne(RenewalRow, { id }, { refresh: true });
  if (row && inserted.length > 0) await recordChange(em, cause, 'open', asRenewal(row));
  return row && asRenewal(row);
}

/** The row, held until the transaction ends. @throws {Refusal} NOT_FOUND */
export async function lockRenewal(em: EntityManager, id: string): Promise<Renewal> {
  const row = await em.findOne(RenewalRow, { id }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
  if (!row) throw nothingHere();
  return asRenewal(row);
}

/** Takes a renewal one step on, with its audit record and its open case, in the caller's transaction, which holds the row. */
export async function recordRenewalStep(
  em: EntityManager,
  cause: Cause,
  { renewal, action, ...detail }: { renewal: Renewal; action: RenewalAction; nonce?: string | undefined; reason?: string | undefined },
): Promise<Renewal> {
  const stage = nextRenewalStage(renewal, action);
  const { id, version } = renewal;
  const values = { stage, version: version + 1, changedBy: cause.who, changedAt: cause.at };
  if ((await em.nativeUpdate(RenewalRow, { id, version }, values)) === 0) throw new Error(`Renewal ${id} was not held`);
  if (stage === 'done') await recordNewPair(em, cause, renewal);
  const changed = { ...renewal, ...values, changedAt: cause.at.toISOString() };
  const { nonce, reason } = detail;
  await recordChange(em, cause, action, changed, { ...(nonce && { nonce }), ...(reason && { reason }) });
  return changed;
}

/** The new certificates spoke from the card: only now are the old ones revoked. */
async function recordNewPair(em: EntityManager, cause: Cause, { id, smartcard, organisation, person }: Renewal): Promise<void> {
  const pair = await pairOfCase(em, id);
  if (!pair) throw new Error(`Renewal ${id} has no certificates to confirm`);
  await recordPairConfirmed(em, cause, pair, organisation);
  const except = [pair.authentication.serial, pair.signing.serial];
  await recordCertificatesRevoked(em, cause, { smartcard, organisation, except }, 'superseded');
  const data = { notAfter: pair.authentication.notAfter.toISOString() };
  const about = { kind: 'renewal', id };
  await recordMail(em, { to: { kind: 'person', id: person }, template: 'renewal-done', about, organisation, data }, cause);
}

async function recordChange(
  em: EntityManager,
  cause: Cause,
  action: RenewalAction | 'open',
  renewal: Renewal,
  detail: Record<string, string> = {},
): Promise<void> {
  const { id, organisation, person, stage, certificate } = renewal;
  const recorded = { subjectKind: 'renewal', subjectId: id, organisation, detail: { stage, person, certificate, ...detail } };
  await recordAudit(em, cause, { what: `renewal.${action}`, ...recorded });
  await recordRenewalCase(em, renewal, cause.at);
}

/** The open case as it is at that moment: the holder's until the certificate ends, then the Registration Authority's. */
export async function recordRenewalCase(em: EntityManager, renewal: Renewal, at: Date): Promise<void> {
  const { id, organisation, person, stage, changedAt } = renewal;
  const waitsFor = renewalWaitsFor(renewal, at);
  const [due, changed] = [new Date(renewal.notAfter), new Date(changedAt)];
  const since = waitsFor === 'ra-agent' && due > changed ? due : changed;
  await recordOpenCase(em, { kind: 'renewal', id, organisation, person, stage, waitsFor, since, due });
}

/**
 * A sign-in with a pair that waits to be confirmed confirms it: the page that should have carried the confirmation was closed.
 * Any other certificate: nothing. In the transaction of the sign-in.
 */
export async function recordPairUsed(em: EntityManager, cause: Cause, { serial }: { serial: string }): Promise<void> {
  const row = await em.findOne(CertificateRow, { serial, state: 'issued' }, { refresh: true });
  if (!row?.caseId || !(await em.findOne(RenewalRow, { id: row.caseId }))) return;
  const renewal = await lockRenewal(em, row.caseId);
  if (!isRenewalOver(renewal.stage)) await recordRenewalStep(em, partOf(cause, 'renewal'), { renewal, action: 'confirm-by-sign-in' });
}

/** Ends what is open for a card that ended. Its workflow sees it at its next reminder. */
export async function recordRenewalsEnded(em: EntityManager, cause: Cause, smartcard: string, reason: string): Promise<void> {
  const open = await em.find(RenewalRow, { smartcard, stage: { $nin: ['done', 'ended'] } });
  for (const { id } of open) {
    const renewal = await lockRenewal(em, id);
    if (!isRenewalOver(renewal.stage)) await recordRenewalStep(em, partOf(cause, id), { renewal, action: 'end', reason });
  }
}

/** Notes that the holder was told. @param remindedFor the moment at which they were to be */
export async function recordReminded(em: EntityManager, cause: Cause, renewal: Renewal, remindedFor: Date): Promise<void> {
  const { id, organisation, person, certificate } = renewal;
  await em.nativeUpdate(RenewalRow, { id }, { remindedFor });
  const detail = { person, certificate, for: remindedFor.toISOString() };
  await recordAudit(em, cause, { what: 'renewal.remind', subjectKind: 'renewal', subjectId: id, organisation, detail });
}

/** Long after that moment, its workflow is gone. Not audited: it only says that somebody watches. */
export const recordNextReminder = async (em: EntityManager, id: string, nextReminderAt: Date): Promise<void> =>
  void (await em.nativeUpdate(RenewalRow, { id }, { nextReminderAt }));

/** @throws {Refusal} NOT_FOUND. Says nothing of who may see it: ask `refuseUnless` with what is found. */
export async function findRenewal(
  em: EntityManager,
  id: string,
): Promise<Renewal & { organisationName: string; raContact: string | null }> {
  const row = await em.findOne(RenewalRow, { id }, { refresh: true });
  if (!row) throw nothingHere();
  const raContact = await raContactOf(em, row.organisation);
  return { ...asRenewal(row), ...(await findOrganisation(em, row.organisation)), raContact };
}

/** The open renewal of somebody's card, or the last that was done. */
export async function renewalOf(em: EntityManager, person: string): Promise<Renewal | null> {
  const rows = await em.find(RenewalRow, { person }, { orderBy: { openedAt: -1 }, limit: 5, refresh: true });
  const row = rows.find(({ stage }) => !isRenewalOver(stage)) ?? rows[0];
  return row ? asRenewal(row) : null;
}

/** Whether somebody's certificates can be renewed now. */
export const isRenewalOpen = async (em: EntityManager, person: string): Promise<boolean> =>
  (await em.count(RenewalRow, { person, stage: { $nin: ['done', 'ended'] } })) > 0;

/** What goes through Temporal: ids, and dates as text. */
function asRenewal(row: RenewalRow): Renewal {
  const { id, organisation, person, smartcard, serial, certificate, stage, version, changedBy } = row;
  const dates = {
    notAfter: row.notAfter.toISOString(),
    changedAt: row.changedAt.toISOString(),
    remindedFor: row.remindedFor?.toISOString() ?? null,
  };
  return { id, organisation, person, smartcard, serial, certificate, stage, version, changedBy, ...dates };
}

export interface ListedRenewal {
  id: string;
  person: string;
  organisation: string;
  organisationName: string;
  stage: RenewalStage;
  notAfter: Date;
}

/** Open renewals, soonest end first, one page after a cursor. @param expired only those past their end, or only those not */
export async function openRenewals(
  em: EntityManager,
  given: { organisations: readonly string[]; expired?: boolean | undefined; after?: string | undefined; limit: number },
): Promise<{ renewals: ListedRenewal[]; count: number }> {
  const { organisations, expired, after, limit } = given;
  if (organisations.length === 0) return { renewals: [], count: 0 };
  const past = expired === undefined ? '' : expired ? 'and r.not_after < now()' : 'and r.not_after >= now()';
  const where = `r.organisation in (:organisations) and r.stage not in ('done', 'ended') ${past}`;
  const from = after ? `and (r.not_after, r.id) > (select not_after, id from renewal where id = :after)` : '';
  const values = { organisations: [...organisations], after, limit };
  const renewals = await em.execute<Array<ListedRenewal & { notAfter: string }>>(
    `select r.id, r.person, r.organisation, o.name as "organisationName", r.stage, r.not_after as "notAfter"
     from renewal r join organisation o on o.code = r.organisation
     where ${where} ${from} order by r.not_after, r.id limit :limit`,
    values,
  );
  const [counted] = await em.execute<Array<{ count: number }>>(`select count(*)::int as count from renewal r where ${where}`, values);
  return { renewals: renewals.map((row) => ({ ...row, notAfter: new Date(row.notAfter) })), count: counted?.count ?? 0 };
}
