/**
 * What a person signs in with besides a smartcard: security keys, biometrics of a device and passkeys (WebAuthn), and a password with an
 * authenticator app, the halves of which are in db/sign-in/authenticator-password.ts.
 */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { authenticatorKinds, type AuthenticatorKind, type WebAuthnKind } from '../../domain/authenticator.ts';
import { nothingHere } from '../../domain/refusal.ts';
import { type Cause, recordAudit } from '../audit.ts';
import { recordMail } from '../mail/mail.ts';
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
    /** base64url. This, the key and the model are WebAuthn's: a password has none. */
    credentialId: p.string().nullable(),
    /** COSE. */
    publicKey: p.blob().nullable(),
    counter: p.bigint('number'),
    transports: p.array(),
    /** The make and model. */
    aaguid: p.uuid().nullable(),
    /** Synchronised to other devices. */
    backedUp: p.boolean(),
    /** How strong it was found to be when it was added: never more than its maker signed for. */
    level: p.integer().default(2),
    /** Its maker signed for it, as a model that is allowed. */
    isAttested: p.boolean().default(false),
    createdAt: p.datetime(),
    lastUsedAt: p.datetime().nullable(),
    /** The system that was signed in to. */
    lastUsedClient: p.string().nullable(),
    /** Since its holder said that a sign-in with it was not theirs: it signs nobody in. */
    suspendedAt: p.datetime().nullable(),
    removedAt: p.datetime().nullable(),
    /** Null: registered by a link, and inert until its witness says that it is theirs (db/sign-in/enrolment.ts). */
    confirmedAt: p.datetime().nullable(),
  },
});

export class AuthenticatorRow extends schema.class {}
schema.setClass(AuthenticatorRow);

/** One that a browser speaks to. */
export type WebAuthnRow = AuthenticatorRow & { kind: WebAuthnKind; credentialId: string; publicKey: Buffer };

export const authenticatorsOf = (em: EntityManager, person: string): Promise<AuthenticatorRow[]> =>
  em.find(AuthenticatorRow, { person, removedAt: null, confirmedAt: { $ne: null } }, { orderBy: { createdAt: 1 }, refresh: true });

/** Nothing for one that is removed or suspended. */
export const authenticatorWith = (em: EntityManager, credentialId: string): Promise<WebAuthnRow | null> =>
  em.findOne(
    AuthenticatorRow,
    { credentialId, removedAt: null, suspendedAt: null, confirmedAt: { $ne: null } },
    { refresh: true },
  ) as Promise<WebAuthnRow | null>;

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
  credentialId: string | null;
  publicKey: Buffer | null;
  counter: number;
  transports: string[];
  aaguid: string | null;
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
  const model = row.aaguid ? { aaguid: row.aaguid, attested: String(row.isAttested) } : {};
  const detail = { kind: row.kind, authenticator: row.id, level: String(row.level), ...model };
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
  template: 'authenticator-added' | 'authenticator-removed' | 'authenticator-lost',
) => recordMail(em, { to: { kind: 'person', id }, template, about: { kind: 'person', id }, organisation }, cause);

/** A removed one signs nobody in again, and the sessions it began end with it. @param isLost its holder says that others may have it */
export async function recordAuthenticatorRemoved(
  em: EntityManager,
  cause: Cause,
  { id, person, organisation, isLost = false }: { id: string; person: string; organisation: string; isLost?: boolean },
): Promise<void> {
  const changed = await em.nativeUpdate(AuthenticatorRow, { id, person, removedAt: null }, { removedAt: cause.at });
  if (changed === 0) return;
  const what = isLost ? 'authenticator.report-lost' : 'authenticator.remove';
  await recordAudit(em, cause, { what, subjectKind: 'person', subjectId: person, organisation, detail: { authenticator: id } });
  await tell(em, cause, { person, organisation }, isLost ? 'authenticator-lost' : 'authenticator-removed');
  const reason = isLost ? 'authenticator.lost' : 'authenticator.removed';
  await recordSignInsEnded(em, { ...cause, id: `${cause.id}/sign-ins` }, { authenticator: id }, reason);
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

/** Part of a sign-in, which has the audit record. @param counter tells a copied authenticator from the true one (WebAuthn, 6.1.1) */
export async function recordAuthenticatorUsed(
  em: EntityManager,
  id: string,
  { client, at, counter }: { client: string; at: Date; counter?: number },
): Promise<void> {
  await em.nativeUpdate(AuthenticatorRow, { id }, { lastUsedAt: at, lastUsedClient: client, ...(counter !== undefined && { counter }) });
}
