/** A password and an authenticator app: the two halves of one authenticator of level 2, and the codes for a phone that is lost. */
import { createHmac, randomInt } from 'node:crypto';
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { recoveryAlphabet, recoveryCodeCount, recoveryCodeLength } from '../../domain/authenticator-password.ts';
import { Refusal } from '../../domain/refusal.ts';
import { type Cause, recordAudit } from '../audit.ts';
import { AuthenticatorRow, recordAuthenticator } from './authenticator.ts';
import { recordMail } from '../mail/mail.ts';
import { seal, unseal } from '../seal.ts';
import { recordSignInsEnded } from './sign-in-ending.ts';

const schema = defineEntity({
  name: 'PasswordTotpRow',
  tableName: 'password_totp',
  properties: {
    authenticator: p.uuid().primary(),
    /** PHC string: see authentication/sign-in/password-hash.ts. */
    passwordHash: p.string(),
    totpSealed: p.blob(),
    /** The time step of the last code that was used: none of it or before is good again (RFC 6238, 5.2). */
    lastStep: p.bigint('number'),
    changedAt: p.datetime(),
  },
});

export class PasswordTotpRow extends schema.class {}
schema.setClass(PasswordTotpRow);

const purposeOf = (authenticator: string) => `totp/${authenticator}`;
/** Of codes only this is kept. Without the key nobody can try them out. */
const hashOf = (key: Uint8Array, authenticator: string, code: string) =>
  createHmac('sha256', key).update(`recovery-code/${authenticator}/${code}`).digest('base64url');

export interface PasswordKnown {
  authenticator: string;
  person: string;
  level: number;
  passwordHash: string;
  secret: Buffer;
}

/** @returns nothing if this Care ID has none: whoever asks takes care that nobody can tell */
export async function passwordOf(em: EntityManager, key: Uint8Array, careId: string): Promise<PasswordKnown | undefined> {
  const [row] = await em.execute<Array<Omit<PasswordKnown, 'secret'> & { sealed: Buffer }>>(
    `select a.id as authenticator, a.person, a.level, t.password_hash as "passwordHash", t.totp_sealed as sealed
     from person join authenticator a on a.person = person.id and a.kind = 'password-totp' join password_totp t on t.authenticator = a.id
     where person.care_id = :careId and a.removed_at is null and a.suspended_at is null`,
    { careId },
  );
  if (!row) return undefined;
  const { sealed, ...known } = row;
  return { ...known, secret: unseal(key, purposeOf(row.authenticator), sealed) };
}

interface Whose {
  id: string;
  person: string;
  organisation: string;
}

export interface NewPassword extends Whose {
  level: number;
  name: string;
  passwordHash: string;
  secret: Uint8Array;
  /** Of the code that proved the app: it is used. */
  step: number;
}

/**
 * @returns the recovery codes, which nobody sees again
 * @throws {Refusal} WRONG_STATE if they have one already
 */
export async function recordPassword(em: EntityManager, cause: Cause, key: Uint8Array, made: NewPassword): Promise<string[]> {
  const { id, person, organisation, level, name, passwordHash, secret, step } = made;
  const has = await em.count(AuthenticatorRow, { person, kind: 'password-totp', removedAt: null });
  if (has > 0) throw new Refusal('WRONG_STATE', 'You have a password and authenticator app already. Remove them first');
  const none = { credentialId: null, publicKey: null, aaguid: null, counter: 0, transports: [], backedUp: false, isAttested: false };
  await recordAuthenticator(em, cause, { ...none, id, person, organisation, kind: 'password-totp', name, level });
  const totpSealed = seal(key, purposeOf(id), secret);
  await em.insert(PasswordTotpRow, { authenticator: id, passwordHash, totpSealed, lastStep: step, changedAt: cause.at });
  return newRecoveryCodes(em, cause, key, id);
}

async function newRecoveryCodes(em: EntityManager, { at }: Cause, key: Uint8Array, authenticator: string): Promise<string[]> {
  const one = () => Array.from({ length: recoveryCodeLength }, () => recoveryAlphabet.charAt(randomInt(recoveryAlphabet.length))).join('');
  const codes = Array.from({ length: recoveryCodeCount }, one);
  await em.execute(`delete from recovery_code where authenticator = :authenticator`, { authenticator });
  await em.execute(
    `insert into recovery_code (authenticator, hash, made_at) select :authenticator, hash, :at from jsonb_array_elements_text(:hashes::jsonb) as hash`,
    { authenticator, at, hashes: JSON.stringify(codes.map((code) => hashOf(key, authenticator, code))) },
  );
  return codes;
}

const change = async (em: EntityManager, cause: Cause, { id, person, organisation }: Whose, what: ChangeKind): Promise<void> => {
  await recordAudit(
    em,
    { ...cause, id: `${cause.id}/${what}` },
    { what: `authenticator.${what}`, subjectKind: 'person', subjectId: person, organisation, detail: { authenticator: id } },
  );
  await recordMail(
    em,
    { to: { kind: 'person', id: person }, template: letterOf[what], about: { kind: 'person', id: person }, organisation },
    cause,
  );
};
const letterOf = {
  'change-password': 'password-changed',
  'make-recovery-codes': 'recovery-codes-made',
  'use-recovery-code': 'recovery-code-used',
} as const;
type ChangeKind = keyof typeof letterOf;

/** What began with the old one ends. */
export async function recordPasswordChanged(em: EntityManager, cause: Cause, whose: Whose, passwordHash: string): Promise<void> {
  await em.nativeUpdate(PasswordTotpRow, { authenticator: whose.id }, { passwordHash, changedAt: cause.at });
  await change(em, cause, whose, 'change-password');
  await recordSignInsEnded(em, { ...cause, id: `${cause.id}/sign-ins` }, { authenticator: whose.id }, 'password.changed');
}

/** Those of before are good for nothing. @returns codes that nobody sees again */
export async function recordRecoveryCodes(em: EntityManager, cause: Cause, key: Uint8Array, whose: Whose): Promise<string[]> {
  const codes = await newRecoveryCodes(em, cause, key, whose.id);
  await change(em, cause, whose, 'make-recovery-codes');
  return codes;
}

/** Part of a sign-in. @returns false if a code of this step, or of a later one, was used before: of two who use it at once, one is told so */
export async function recordCodeUsed(em: EntityManager, authenticator: string, step: number): Promise<boolean> {
  return (await em.nativeUpdate(PasswordTotpRow, { authenticator, lastStep: { $lt: step } }, { lastStep: step })) === 1;
}

/** Part of a sign-in. @returns false if it is none of theirs, or was used */
export async function recordRecoveryCodeUsed(
  em: EntityManager,
  cause: Cause,
  key: Uint8Array,
  { code, ...whose }: Whose & { code: string },
): Promise<boolean> {
  const used = await em.execute<unknown[]>(
    `update recovery_code set used_at = :at where authenticator = :id and hash = :hash and used_at is null returning hash`,
    { at: cause.at, id: whose.id, hash: hashOf(key, whose.id, code) },
  );
  if (used.length === 0) return false;
  await change(em, cause, whose, 'use-recovery-code');
  return true;
}

export async function recoveryCodesLeft(em: EntityManager, authenticator: string): Promise<number> {
  const [row] = await em.execute<Array<{ left: number }>>(
    `select count(*)::int as "left" from recovery_code where authenticator = :authenticator and used_at is null`,
    { authenticator },
  );
  return row?.left ?? 0;
}
