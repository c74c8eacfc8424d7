/**
 * Codes sent to an applicant's e-mail address: to confirm it, and to come back. Of a code only a keyed hash is kept, bound to the address
 * it went to, so that it is worth nothing for another. What a try means, domain/email-code.ts says.
 */
import { createHmac, randomInt, randomUUID, timingSafeEqual } from 'node:crypto';
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { type EmailCode, makeEmailCode, newEmailCode, refuseTooManyCodes, type Try, tryEmailCode } from '../../domain/email-code.ts';
import { Refusal } from '../../domain/refusal.ts';
import { type ApplicationRow, ApplicationRow as Row, audit, lockApplication, openCaseKind } from './application.ts';
import type { Cause } from '../audit.ts';
import { type Hidden, recordMail, sealedFor } from '../mail/mail.ts';
import { seal } from '../seal.ts';

const schema = defineEntity({
  name: 'EmailCodeRow',
  tableName: 'email_code',
  properties: {
    id: p.uuid().primary(),
    application: p.uuid(),
    hash: p.string(),
    /** Of the address it went to, whoever asked: keyed. */
    addressHash: p.string().nullable(),
    wrongTries: p.integer().default(0),
    /** The key of the last try, so that the same form sent twice is one try. */
    lastTry: p.string().nullable(),
    sentAt: p.datetime(),
    expiresAt: p.datetime(),
    usedAt: p.datetime().nullable(),
  },
});

export class EmailCodeRow extends schema.class {}
schema.setClass(EmailCodeRow);

const hashOf = (key: Uint8Array, id: string, email: string, code: string) =>
  createHmac('sha256', key)
    .update(JSON.stringify(['email-code', id, email.toLowerCase(), code]))
    .digest('base64url');

const addressHashOf = (key: Uint8Array, email: string) =>
  createHmac('sha256', key)
    .update(JSON.stringify(['email-code-address', email.toLowerCase()]))
    .digest('base64url');

/** Newest first. */
const codesOf = (em: EntityManager, application: string) =>
  em.find(EmailCodeRow, { application }, { orderBy: { sentAt: -1 }, limit: 20, refresh: true });

/**
 * Makes a code and queues the letter that holds it.
 *
 * @param key seals the letter and keys the hash
 * @throws {Refusal} TOO_MANY_TRIES, saying when to ask again; INVALID without an address
 */
export async function recordEmailCode(em: EntityManager, key: Uint8Array, application: string, cause: Cause): Promise<void> {
  const row = await lockApplication(em, application);
  if (!row.email) throw new Refusal('INVALID', 'Enter your e-mail address first', { email: 'none' });
  const addressHash = addressHashOf(key, row.email);
  // Of two who ask for the same address at once, the second sees the first's.
  await em.execute(`select pg_advisory_xact_lock(hashtextextended(:addressHash, 0))`, { addressHash });
  const since = new Date(cause.at.getTime() - 3_600_000);
  const sent = await em.find(
    EmailCodeRow,
    { $or: [{ application }, { addressHash }], sentAt: { $gt: since } },
    { orderBy: { sentAt: -1 }, limit: 20, refresh: true },
  );
  refuseTooManyCodes(
    sent.map(({ sentAt }) => sentAt),
    cause.at,
  );
  const [id, code] = [randomUUID(), makeEmailCode(randomInt)];
  const { sentAt, expiresAt } = newEmailCode(cause.at);
  await em.insert(EmailCodeRow, { id, application, hash: hashOf(key, id, row.email, code), addressHash, sentAt, expiresAt });
  await audit(em, 'send-code', row, cause);
  const letter = {
    to: { kind: 'application' as const, id: application },
    template: 'application-code' as const,
    about: { kind: openCaseKind, id: application },
    organisation: row.organisation,
    data: { expiresAt: expiresAt.toISOString() },
    sealed: seal(key, sealedFor, JSON.stringify({ code } satisfies Hidden)),
    uselessAt: expiresAt,
  };
  await recordMail(em, letter, cause);
}

/**
 * Tries a code, and saves what that leads to: the caller commits before it answers. The right one is used up.
 *
 * @param digits six of them
 * @param tryKey the same for the same form, with the same code in it, sent twice
 * @throws {Refusal} TOO_MANY_TRIES once locked; EXPIRED
 */
export async function recordCodeTry(
  em: EntityManager,
  key: Uint8Array,
  { application, digits, tryKey }: { application: string; digits: string; tryKey: string },
  cause: Cause,
): Promise<Try & { row: ApplicationRow }> {
  const row = await lockApplication(em, application);
  const [code] = await codesOf(em, application);
  if (!code) throw new Refusal('EXPIRED', 'Ask for a code first');
  const matches = timingSafeEqual(Buffer.from(hashOf(key, code.id, row.email ?? '', digits)), Buffer.from(code.hash));
  const again = code.lastTry === tryKey && !matches;
  const before = asCode(code);
  const tried = tryEmailCode(again ? { ...before, wrongTries: before.wrongTries - 1 } : before, matches, { now: cause.at });
  const { wrongTries, usedAt } = tried.code;
  await em.nativeUpdate(EmailCodeRow, { id: code.id }, { wrongTries, usedAt, lastTry: tryKey });
  await audit(em, tried.right ? 'use-code' : 'try-code', row, cause);
  return { ...tried, row };
}

/** Whoever gave the right code reads that address. */
export const recordEmailConfirmed = (em: EntityManager, id: string, at: Date): Promise<number> =>
  em.nativeUpdate(Row, { id, emailConfirmedAt: null }, { emailConfirmedAt: at });

const asCode = ({ sentAt, expiresAt, wrongTries, usedAt }: EmailCodeRow): EmailCode => ({
  sentAt,
  expiresAt,
  wrongTries,
  usedAt: usedAt ?? null,
  replaced: false,
});
