/** Security keys, biometrics of a device, and passkeys: what a person signs in with besides a smartcard (WebAuthn). */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { authenticatorKinds, type AuthenticatorKind } from '../domain/authenticator.ts';
import { nothingHere } from '../domain/refusal.ts';
import { type Cause, recordAudit } from './audit.ts';
import { recordMail } from './mail.ts';
import { recordSignInsEnded } from './sign-in-ending.ts';

const schema = defineEntity({
  name: 'AuthenticatorRow',
  tableName: 'authenticator',
  properties: {
    id: p.uuid().primary(),
    person: p.uuid(),
    kind: p.enum(authenticatorKinds),
    /** What its holder calls it. */
    name: p.string(),
    /** base64url. */
    credentialId: p.string(),
    /** COSE. */
    publicKey: p.blob(),
    counter: p.bigint('number'),
    transports: p.array(),
    /** The make and model. */
    aaguid: p.uuid(),
    /** Synchronised to other devices. */
    backedUp: p.boolean(),
    /** How strong it was found to be when it was added: never more than its maker signed for. */
    level: p.integer().default(2),
    /** Its maker signed for it, as a model that is allowed. */
    isAttested: p.boolean().default(false),
    createdAt: p.datetime(),
    lastUsedAt: p.datetime().nullable(),
    removedAt: p.datetime().nullable(),
    /** Null: registered by a link, and inert until its witness says that it is theirs (db/enrolment.ts). */
    confirmedAt: p.datetime().nullable(),
  },
});

export class AuthenticatorRow extends schema.class {}
schema.setClass(AuthenticatorRow);

export const authenticatorsOf = (em: EntityManager, person: string): Promise<AuthenticatorRow[]> =>
  em.find(AuthenticatorRow, { person, removedAt: null, confirmedAt: { $ne: null } }, { orderBy: { createdAt: 1 }, refresh: true });

export const authenticatorWith = (em: EntityManager, credentialId: string): Promise<AuthenticatorRow | null> =>
  em.findOne(AuthenticatorRow, { credentialId, removedAt: null, confirmedAt: { $ne: null } }, { refresh: true });

/** @throws {Refusal} NOT_FOUND if it is not this person's, or was removed */
export async function findAuthenticator(em: EntityManager, person: string, id: string): Promise<AuthenticatorRow> {
  const row = await em.findOne(AuthenticatorRow, { id, person, removedAt: null, confirmedAt: { $ne: null } }, { refresh: true });
  if (!row) throw nothingHere();
  return row;
}

export interface NewAuthenticator {
  id: string;
  person: string;
  organisation: string;
  kind: AuthenticatorKind;
  name: string;
  credentialId: string;
  publicKey: Buffer;
  counter: number;
  transports: string[];
  aaguid: string;
  backedUp: boolean;
  level: number;
  isAttested: boolean;
}

/** @param inert it signs nobody in until it is confirmed, and nobody is told before */
export async function recordAuthenticator(
  em: EntityManager,
  cause: Cause,
  { organisation, ...row }: NewAuthenticator,
  { inert = false } = {},
): Promise<void> {
  await em.insert(AuthenticatorRow, { ...row, createdAt: cause.at, confirmedAt: inert ? null : cause.at });
  const detail = { kind: row.kind, aaguid: row.aaguid, authenticator: row.id, level: String(row.level), attested: String(row.isAttested) };
  await recordAudit(em, cause, { what: 'authenticator.add', subjectKind: 'person', subjectId: row.person, organisation, detail });
  if (!inert) await tell(em, cause, { person: row.person, organisation }, 'authenticator-added');
}

/** From now on it signs in. Again is nothing new. */
export async function recordAuthenticatorConfirmed(
  em: EntityManager,
  cause: Cause,
  { id, person, organisation }: { id: string; person: string; organisation: string },
): Promise<void> {
  const live = await em.nativeUpdate(AuthenticatorRow, { id, person, removedAt: null, confirmedAt: null }, { confirmedAt: cause.at });
  if (live === 0) return;
  const detail = { authenticator: id };
  await recordAudit(em, cause, { what: 'authenticator.confirm', subjectKind: 'person', subjectId: person, organisation, detail });
  await tell(em, cause, { person, organisation }, 'authenticator-added');
}

/** One that nobody confirmed: it never signed in, so nothing ends with it. */
export async function recordUnconfirmedRemoved(
  em: EntityManager,
  cause: Cause,
  { id, person, organisation }: { id: string; person: string; organisation: string },
): Promise<void> {
  const removed = await em.nativeUpdate(AuthenticatorRow, { id, person, removedAt: null, confirmedAt: null }, { removedAt: cause.at });
  if (removed === 0) return;
  const detail = { authenticator: id, reason: 'not-confirmed' };
  await recordAudit(em, cause, { what: 'authenticator.remove', subjectKind: 'person', subjectId: person, organisation, detail });
}

/** Whoever has an authenticator is told of each that comes or goes. */
const tell = (
  em: EntityManager,
  cause: Cause,
  { person: id, organisation }: { person: string; organisation: string },
  template: 'authenticator-added' | 'authenticator-removed',
) => recordMail(em, { to: { kind: 'person', id }, template, about: { kind: 'person', id }, organisation }, cause);

/** A removed one signs nobody in again, and the sessions it began end with it. */
export async function recordAuthenticatorRemoved(
  em: EntityManager,
  cause: Cause,
  { id, person, organisation }: { id: string; person: string; organisation: string },
): Promise<void> {
  const changed = await em.nativeUpdate(AuthenticatorRow, { id, person, removedAt: null }, { removedAt: cause.at });
  if (changed === 0) return;
  await recordAudit(em, cause, {
    what: 'authenticator.remove',
    subjectKind: 'person',
    subjectId: person,
    organisation,
    detail: { authenticator: id },
  });
  await tell(em, cause, { person, organisation }, 'authenticator-removed');
  await recordSignInsEnded(em, { ...cause, id: `${cause.id}/sign-ins` }, { authenticator: id }, 'authenticator.removed');
}

export async function recordAuthenticatorNamed(
  em: EntityManager,
  cause: Cause,
  { id, person, organisation, name }: { id: string; person: string; organisation: string; name: string },
): Promise<void> {
  const changed = await em.nativeUpdate(AuthenticatorRow, { id, person, removedAt: null }, { name });
  if (changed === 0) throw nothingHere();
  await recordAudit(em, cause, {
    what: 'authenticator.name',
    subjectKind: 'person',
    subjectId: person,
    organisation,
    detail: { authenticator: id },
  });
}

/** Part of a sign-in, which has the audit record. The counter tells a copied authenticator from the true one (WebAuthn, 6.1.1). */
export async function recordAuthenticatorUsed(em: EntityManager, id: string, counter: number, at: Date): Promise<void> {
  await em.nativeUpdate(AuthenticatorRow, { id }, { counter, lastUsedAt: at });
}
