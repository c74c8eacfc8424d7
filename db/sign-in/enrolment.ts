/**
 * Registrations by a Registration Authority's link. The code that the witness reads out is sealed for the witness's page, and hashed for
 * the page that asks for it; both are of use for minutes. What changes one, locks it: pages of two services and a clock do.
 */
import { createHash, randomInt, timingSafeEqual } from 'node:crypto';
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import {
  type Enrolment,
  type EnrolmentAction,
  enrolmentStates,
  enrolmentTries,
  enrolmentWaitsFor,
  isEnrolmentOpen,
  makeEnrolmentCode,
  nextEnrolmentState,
  type Witnessing,
  witnessings,
} from '../../domain/enrolment.ts';
import { nothingHere, Refusal } from '../../domain/refusal.ts';
import { type Cause, isRecorded, recordAudit } from '../audit.ts';
import { recordAuthenticatorConfirmed, recordUnconfirmedRemoved } from './authenticator.ts';
import { type Hidden, recordMail, sealedFor } from '../mail/mail.ts';
import { recordOpenCase } from '../open-case/open-case.ts';
import { findOrganisation } from '../organisation/organisation.ts';
import { seal, unseal } from '../seal.ts';

const schema = defineEntity({
  name: 'EnrolmentRow',
  tableName: 'enrolment',
  properties: {
    id: p.uuid().primary(),
    organisation: p.string(),
    person: p.uuid(),
    witness: p.uuid(),
    witnessing: p.enum(witnessings),
    state: p.enum(enrolmentStates),
    version: p.integer(),
    codeSealed: p.blob().nullable(),
    codeHash: p.string(),
    codeTries: p.integer().default(0),
    codeGivenAt: p.datetime().nullable(),
    numberHash: p.string().nullable(),
    numberTries: p.integer().default(0),
    authenticator: p.uuid().nullable(),
    askedAt: p.datetime(),
    expiresAt: p.datetime(),
    changedBy: p.string(),
    changedAt: p.datetime(),
  },
});
export class EnrolmentRow extends schema.class {}
schema.setClass(EnrolmentRow);

const kind = 'enrolment';
const codeSealedFor = 'enrolment-code';
const hashOf = (id: string, secret: string) => createHash('sha256').update(`${id}/${secret}`).digest('base64url');
const isThat = (id: string, secret: string, hash: string | null | undefined) =>
  hash != null && timingSafeEqual(Buffer.from(hashOf(id, secret)), Buffer.from(hash));

export interface AskedEnrolment {
  id: string;
  organisation: string;
  person: string;
  witness: string;
  witnessing: Witnessing;
}

/** @throws {Refusal} NOT_FOUND. Says nothing of who may see it */
export async function findEnrolment(em: EntityManager, id: string): Promise<Enrolment & { organisationName: string; asker: string }> {
  const row = await em.findOne(EnrolmentRow, { id }, { refresh: true });
  if (!row) throw nothingHere();
  return { ...asEnrolment(row), asker: row.witness, ...(await findOrganisation(em, row.organisation)) };
}

export const getEnrolment = async (em: EntityManager, id: string): Promise<Enrolment> => asEnrolment(await get(em, id));

const get = (em: EntityManager, id: string) => em.findOneOrFail(EnrolmentRow, { id }, { refresh: true });

async function lock(em: EntityManager, id: string): Promise<EnrolmentRow> {
  await em.execute(`select 1 from enrolment where id = :id for update`, { id });
  return get(em, id);
}

function asEnrolment(row: EnrolmentRow): Enrolment {
  const { id, organisation, person, witness, witnessing, state, version, changedBy, authenticator } = row;
  const dates = { askedAt: row.askedAt.toISOString(), expiresAt: row.expiresAt.toISOString(), changedAt: row.changedAt.toISOString() };
  return { id, organisation, person, witness, witnessing, state, version, changedBy, authenticator: authenticator ?? null, ...dates };
}

/** The code to read out: for the witness, while it is of use. */
export async function codeToRead(em: EntityManager, id: string, key: Uint8Array): Promise<string | null> {
  const { codeSealed, state, codeGivenAt } = await get(em, id);
  if (!codeSealed || codeGivenAt || !['asked', 'sent'].includes(state)) return null;
  return unseal(key, codeSealedFor, codeSealed).toString();
}

export const hasGivenCode = async (em: EntityManager, id: string): Promise<boolean> => (await get(em, id)).codeGivenAt != null;

/**
 * Begins one, with its code. Again is nothing new.
 *
 * @throws {Refusal} WRONG_STATE if another is open for this person
 */
export async function recordEnrolment(
  em: EntityManager,
  asked: AskedEnrolment,
  { key, expiresAt }: { key: Uint8Array; expiresAt: Date },
  cause: Cause,
): Promise<Enrolment> {
  const code = makeEnrolmentCode(randomInt);
  const secret = { codeSealed: seal(key, codeSealedFor, code), codeHash: hashOf(asked.id, code) };
  const times = { askedAt: cause.at, expiresAt, changedBy: cause.who, changedAt: cause.at };
  const row = { ...asked, ...secret, ...times, state: 'asked' as const, version: 1 };
  const { affectedRows } = await em.createQueryBuilder(EnrolmentRow).insert(row).onConflict().ignore().execute('run');
  const kept = await em.findOne(EnrolmentRow, { id: asked.id }, { refresh: true });
  if (!kept) throw new Refusal('WRONG_STATE', 'Another registration is open for this person. Finish or withdraw that one first');
  const enrolment = asEnrolment(kept);
  if (affectedRows === 1) await keep(em, cause, enrolment, 'start');
  return enrolment;
}

/** The record of a change, and its open case. */
async function keep(em: EntityManager, cause: Cause, enrolment: Enrolment, verb: string, more: Record<string, string> = {}): Promise<void> {
  const { id, organisation, person, witness, witnessing, state, expiresAt, authenticator } = enrolment;
  const detail = { person, witness, witnessing, state, ...(authenticator && { authenticator }), ...more };
  await recordAudit(em, cause, { what: `enrolment.${verb}`, subjectKind: kind, subjectId: id, organisation, detail });
  const waitsFor = enrolmentWaitsFor(state);
  await recordOpenCase(em, {
    kind,
    id,
    organisation,
    person,
    stage: state,
    waitsFor,
    since: cause.at,
    due: new Date(expiresAt),
    ...(waitsFor === 'asker' && { waitsForPerson: witness }),
  });
}

/**
 * Moves one on, and does what comes with it: an authenticator goes live, or is removed, and both people are told.
 *
 * @throws {Refusal} WRONG_STATE
 */
async function step(em: EntityManager, cause: Cause, row: EnrolmentRow, action: EnrolmentAction, more: Partial<EnrolmentRow> = {}) {
  const state = nextEnrolmentState(asEnrolment(row), action);
  const over = !isEnrolmentOpen(state) && { codeSealed: null, numberHash: null };
  const changed = { ...more, ...over, state, version: row.version + 1, changedBy: cause.who, changedAt: cause.at };
  await em.nativeUpdate(EnrolmentRow, { id: row.id }, changed);
  const enrolment = await getEnrolment(em, row.id);
  await keep(em, cause, enrolment, action);
  if (over) await finish(em, cause, enrolment);
  return enrolment;
}

async function finish(em: EntityManager, cause: Cause, { id, organisation, person, witness, state, authenticator }: Enrolment) {
  const letter = { about: { kind, id }, organisation };
  const effect = { ...cause, id: `${cause.id}/authenticator` };
  if (state === 'confirmed' && authenticator) {
    await recordAuthenticatorConfirmed(em, effect, { id: authenticator, person, organisation });
    return recordMail(em, { ...letter, to: { kind: 'person', id: witness }, template: 'enrolment-witnessed' }, cause);
  }
  if (authenticator) await recordUnconfirmedRemoved(em, effect, { id: authenticator, person, organisation });
  for (const to of [person, witness])
    await recordMail(em, { ...letter, to: { kind: 'person', id: to }, template: 'enrolment-over' }, cause);
}

/** The letter with the link goes to the holder. Nothing if it was sent already, or is over. */
export async function recordEnrolmentSent(
  em: EntityManager,
  cause: Cause,
  id: string,
  sending: { url: string; key: Uint8Array },
): Promise<void> {
  const row = await lock(em, id);
  if (row.state !== 'asked') return;
  const { person, organisation, expiresAt } = await step(em, cause, row, 'send');
  const sealed = seal(sending.key, sealedFor, JSON.stringify({ page: sending.url } satisfies Hidden));
  const letter = { to: { kind: 'person' as const, id: person }, template: 'enrolment-link' as const, about: { kind, id }, organisation };
  await recordMail(em, { ...letter, sealed, data: { expiresAt }, uselessAt: new Date(expiresAt) }, cause);
}

/** What a page of the holder may show: nothing of one that is over or out of time. @throws {Refusal} EXPIRED */
export async function findEnrolmentForHolder(em: EntityManager, id: string, now: Date): Promise<Enrolment & { codeGiven: boolean }> {
  const row = await em.findOne(EnrolmentRow, { id }, { refresh: true });
  if (!row || !isEnrolmentOpen(row.state) || row.expiresAt <= now) throw noLongerGood();
  return { ...asEnrolment(row), codeGiven: row.codeGivenAt != null };
}

/**
 * Takes a code that the holder typed: right once only; wrong five times, it is over. A wrong one is kept, so this never throws for it.
 *
 * @returns how many tries are left, when it is wrong
 * @throws {Refusal} EXPIRED
 */
export async function recordEnrolmentCode(
  em: EntityManager,
  cause: Cause,
  id: string,
  code: string | null,
): Promise<'right' | { left: number }> {
  return em.transactional(async (tx) => {
    const row = await lock(tx, id);
    if (row.state !== 'sent' || row.expiresAt <= cause.at || row.codeGivenAt) throw noLongerGood();
    if (code !== null && isThat(id, code, row.codeHash)) {
      await tx.nativeUpdate(EnrolmentRow, { id }, { codeGivenAt: cause.at });
      await keep(tx, cause, asEnrolment(row), 'give-code');
      return 'right';
    }
    const tries = row.codeTries + 1;
    await tx.nativeUpdate(EnrolmentRow, { id }, { codeTries: tries });
    await keep(tx, cause, asEnrolment(row), 'wrong-code', { tries: String(tries) });
    if (tries >= enrolmentTries) await step(tx, { ...cause, id: `${cause.id}/fail` }, row, 'fail');
    return { left: enrolmentTries - tries };
  });
}

/** The holder's device has made an authenticator, and shows this number. @throws {Refusal} WRONG_STATE, EXPIRED */
export async function recordEnrolmentRegistered(
  em: EntityManager,
  cause: Cause,
  id: string,
  made: { authenticator: string; number: string },
): Promise<void> {
  const row = await lock(em, id);
  if (row.expiresAt <= cause.at || !row.codeGivenAt) throw noLongerGood();
  await step(em, cause, row, 'register', { authenticator: made.authenticator, numberHash: hashOf(id, made.number) });
}

export type EnrolmentStep = { action: 'confirm'; number: string } | { action: 'withdraw' | 'expire' } | { action: 'end'; ending: string };

/**
 * What the witness, a manager or the clock does. A wrong number is kept and told in the answer, and the fifth ends it.
 *
 * @throws {Refusal} WRONG_STATE; EXPIRED for a number that came too late
 */
export async function recordEnrolmentStep(
  em: EntityManager,
  cause: Cause,
  id: string,
  todo: EnrolmentStep,
): Promise<{ enrolment: Enrolment; wrongLeft: number | null }> {
  const row = await lock(em, id);
  const done = async () => ({ enrolment: asEnrolment(await get(em, id)), wrongLeft: null });
  if (await isRecorded(em, cause, `enrolment.${todo.action}`)) return done();
  if (await isRecorded(em, cause, 'enrolment.wrong-number'))
    return { enrolment: asEnrolment(row), wrongLeft: Math.max(0, enrolmentTries - row.numberTries) };
  if (todo.action === 'expire' && !isEnrolmentOpen(row.state)) return done();
  if (todo.action !== 'confirm') return { enrolment: await step(em, cause, row, todo.action), wrongLeft: null };

  nextEnrolmentState(asEnrolment(row), 'confirm');
  if (row.expiresAt <= cause.at) throw noLongerGood();
  if (isThat(id, todo.number, row.numberHash)) return { enrolment: await step(em, cause, row, 'confirm'), wrongLeft: null };
  const tries = row.numberTries + 1;
  await em.nativeUpdate(EnrolmentRow, { id }, { numberTries: tries });
  await keep(em, cause, asEnrolment(row), 'wrong-number', { tries: String(tries) });
  const left = enrolmentTries - tries;
  const enrolment = left > 0 ? asEnrolment(row) : await step(em, { ...cause, id: `${cause.id}/fail` }, row, 'fail');
  return { enrolment, wrongLeft: left };
}

/** Once more to whom it waits for. */
export async function recordEnrolmentReminder(em: EntityManager, cause: Cause, id: string): Promise<void> {
  const row = await lock(em, id);
  const enrolment = asEnrolment(row);
  const waitsFor = enrolmentWaitsFor(row.state);
  if (!waitsFor) throw new Refusal('WRONG_STATE', 'This registration is over', { state: row.state });
  await keep(em, cause, enrolment, 'remind');
  const to = { kind: 'person' as const, id: waitsFor === 'asker' ? row.witness : row.person };
  await recordMail(em, { to, template: 'case-reminder', about: { kind, id }, organisation: row.organisation }, cause);
}

const noLongerGood = () =>
  new Refusal('EXPIRED', 'This registration is over, or was begun on another device. Ask whoever sent you the link for a new one');
