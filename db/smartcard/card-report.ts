/**
 * A holder without a card reports it lost: a code is sent to the address we have, and whoever reads it may report. A report about
 * nobody looks the same in every answer. Of a code only a keyed hash is kept.
 */
import { createHmac, randomInt, timingSafeEqual } from 'node:crypto';
import { defineEntity, type EntityManager, LockMode, p } from '@mikro-orm/postgresql';
import type { Day } from '../../domain/days.ts';
import { makeEmailCode, newEmailCode, type Try, tryEmailCode, usualEmailCodeSettings } from '../../domain/email-code.ts';
import { nothingHere } from '../../domain/refusal.ts';
import { type Cause, recordAudit } from '../audit.ts';
import { type Hidden, recordMail, sealedFor } from '../mail/mail.ts';
import { PersonRow } from '../person/person.ts';
import { seal } from '../seal.ts';
import { heldSmartcard, type SmartcardRow } from './smartcard.ts';

const schema = defineEntity({
  name: 'CardReportRow',
  tableName: 'card_report',
  properties: {
    id: p.uuid().primary(),
    /** Null: nobody like that has a card, and no code was sent. */
    person: p.uuid().nullable(),
    smartcard: p.uuid().nullable(),
    /** Of the browser it was begun in: a link alone opens nothing. */
    browser: p.string(),
    hash: p.string(),
    wrongTries: p.integer().default(0),
    sentAt: p.datetime(),
    expiresAt: p.datetime(),
    usedAt: p.datetime().nullable(),
  },
});

export class CardReportRow extends schema.class {}
schema.setClass(CardReportRow);

const hashOf = (key: Uint8Array, id: string, code: string) =>
  createHmac('sha256', key)
    .update(JSON.stringify(['card-report', id, code]))
    .digest('base64url');

export interface Claimed {
  /** 12 digits. */
  careId: string;
  dateOfBirth: Day;
}

/** Begins a report, and sends a code if that is somebody who has a card and an address, and was not sent too many. */
export async function recordCardReport(
  em: EntityManager,
  cause: Cause,
  { id, browser, claimed, key }: { id: string; browser: string; claimed: Claimed; key: Uint8Array },
): Promise<void> {
  const found = await em.findOne(PersonRow, { ...claimed, state: { $ne: 'closed' } });
  const card = found && (await heldSmartcard(em, found.id));
  const code = makeEmailCode(randomInt);
  const { sentAt, expiresAt } = newEmailCode(cause.at);
  const who = found && card && found.email && !(await hadTooMany(em, found.id, cause.at)) ? { person: found, card } : null;
  const about = { person: who?.person.id ?? null, smartcard: who?.card.id ?? null };
  await em.insert(CardReportRow, { id, ...about, browser, hash: hashOf(key, id, code), sentAt, expiresAt, usedAt: null });
  if (!who) return;
  const { organisation } = who.person;
  await recordAudit(em, cause, {
    what: 'smartcard.send-report-code',
    subjectKind: 'smartcard',
    subjectId: who.card.id,
    organisation,
    detail: { person: who.person.id },
  });
  await recordMail(
    em,
    {
      to: { kind: 'person', id: who.person.id },
      template: 'card-report-code',
      about: { kind: 'smartcard', id: who.card.id },
      organisation,
      data: { expiresAt: expiresAt.toISOString() },
      sealed: seal(key, sealedFor, JSON.stringify({ code } satisfies Hidden)),
      uselessAt: expiresAt,
    },
    cause,
  );
}

/** So that nobody's inbox is filled by somebody who knows their Care ID and date of birth. */
async function hadTooMany(em: EntityManager, person: string, now: Date): Promise<boolean> {
  const sentAt = { $gt: new Date(now.getTime() - 3_600_000) };
  return (await em.count(CardReportRow, { person, sentAt })) >= usualEmailCodeSettings.inAnHour;
}

/** @throws {Refusal} NOT_FOUND in another browser than the one it was begun in */
export async function findCardReport(em: EntityManager, id: string, browser: string): Promise<CardReportRow> {
  const row = await em.findOne(CardReportRow, { id, browser }, { refresh: true });
  if (!row) throw nothingHere();
  return row;
}

/**
 * Tries a code: the caller commits before it answers. About nobody, no code is right.
 *
 * @throws {Refusal} TOO_MANY_TRIES once locked; EXPIRED if too late, or used
 */
export async function recordReportTry(
  em: EntityManager,
  key: Uint8Array,
  { id, browser, code, at }: { id: string; browser: string; code: string; at: Date },
): Promise<Try & { row: CardReportRow }> {
  const row = await em.findOne(CardReportRow, { id, browser }, { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true });
  if (!row) throw nothingHere();
  const isSame = timingSafeEqual(Buffer.from(hashOf(key, id, code)), Buffer.from(row.hash));
  const { sentAt, expiresAt, wrongTries } = row;
  const known = { sentAt, expiresAt, wrongTries, usedAt: row.usedAt ?? null, replaced: false };
  const tried = tryEmailCode(known, isSame && row.smartcard !== null, { now: at });
  await em.nativeUpdate(CardReportRow, { id }, { wrongTries: tried.code.wrongTries, usedAt: tried.code.usedAt });
  return { ...tried, row };
}

export type ReportedCard = SmartcardRow;
