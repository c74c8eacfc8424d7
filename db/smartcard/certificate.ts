/** Every certificate ever signed. A card's pair is issued, then confirmed by its new keys, then revoked or past. */
import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { type CertificateKind, certificateKinds, certificateStates, type RevocationReason } from '../../domain/certificate.ts';
import { Refusal } from '../../domain/refusal.ts';
import { type Cause, recordAudit } from '../audit.ts';

export { certificateKinds, certificateStates };
export type { CertificateKind, CertificateState } from '../../domain/certificate.ts';

const schema = defineEntity({
  name: 'CertificateRow',
  tableName: 'certificate',
  properties: {
    /** As node:crypto and openssl write it: capital hexadecimal. */
    serial: p.string().primary(),
    smartcard: p.uuid(),
    person: p.uuid(),
    kind: p.enum(certificateKinds),
    pem: p.text(),
    /** Of `keyHashOf`. Unique: no key is certified twice. */
    keyHash: p.string(),
    notBefore: p.datetime(),
    notAfter: p.datetime(),
    state: p.enum(certificateStates),
    revokedAt: p.datetime().nullable(),
    /** A reason of RFC 5280, 5.3.1, in its own words: keyCompromise, superseded … */
    reason: p.string().nullable(),
    caseId: p.uuid().nullable(),
    /** Carries the dev policy: production refuses it. */
    isDev: p.boolean(),
  },
});

export class CertificateRow extends schema.class {}
schema.setClass(CertificateRow);

export const findCertificate = (em: EntityManager, serial: string): Promise<CertificateRow | null> =>
  em.findOne(CertificateRow, { serial }, { refresh: true });

/**
 * SHA-256 (base64url) of a key's SubjectPublicKeyInfo with its point written out, so that no other way of writing the same key passes
 * for another key.
 *
 * @param key a certificate in PEM, or an SPKI in DER
 */
export function keyHashOf(key: string | Buffer): string {
  const read = typeof key === 'string' ? createPublicKey(key) : createPublicKey({ key, format: 'der', type: 'spki' });
  return createHash('sha256').update(writtenOut(read)).digest('base64url');
}

const writtenOut = (key: KeyObject): Buffer =>
  createPublicKey({ key: key.export({ format: 'jwk' }), format: 'jwk' }).export({ type: 'spki', format: 'der' });

/** @throws {Refusal} INVALID if a certificate was ever signed for one of these keys (SPKI, DER), on whatever card, for whatever use */
export async function refuseCertifiedKeys(em: EntityManager, keys: readonly Buffer[]): Promise<void> {
  if ((await em.count(CertificateRow, { keyHash: { $in: keys.map(keyHashOf) } })) > 0)
    throw new Refusal('INVALID', 'These keys have had a certificate before, and the card must make new ones. Start this step again');
}

export type Pair = Record<CertificateKind, CertificateRow>;

/** The pair signed for a case that was not revoked since; undefined when there is none. */
export async function pairOfCase(em: EntityManager, caseId: string): Promise<Pair | undefined> {
  const rows = await em.find(CertificateRow, { caseId, state: { $ne: 'revoked' } }, { refresh: true });
  const find = (kind: CertificateKind) => rows.find((row) => row.kind === kind);
  const [authentication, signing] = [find('authentication'), find('signing')];
  return authentication && signing && { authentication, signing };
}

/** The certificates a card signs in with, newest first. */
export const confirmedOf = (em: EntityManager, smartcard: string): Promise<CertificateRow[]> =>
  em.find(CertificateRow, { smartcard, state: 'confirmed' }, { orderBy: { notAfter: -1, kind: 1 }, refresh: true });

/** Every certificate of a card, newest first. */
export const certificatesOf = (em: EntityManager, smartcard: string): Promise<CertificateRow[]> =>
  em.find(CertificateRow, { smartcard }, { orderBy: { notBefore: -1, kind: 1 }, refresh: true });

export type Issued = Pick<CertificateRow, 'serial' | 'smartcard' | 'person' | 'kind' | 'pem' | 'notBefore' | 'notAfter' | 'isDev'> & {
  caseId: string;
};

/** Keeps what was signed, in the transaction before it is handed out. */
export async function recordCertificateIssued(em: EntityManager, cause: Cause, issued: Issued, organisation: string): Promise<void> {
  await em.insert(CertificateRow, { ...issued, keyHash: keyHashOf(issued.pem), state: 'issued', revokedAt: null, reason: null });
  await audit(em, cause, 'issue', { ...issued, organisation }, { smartcard: issued.smartcard, kind: issued.kind });
}

/** The keys spoke from the card: from now on they are the card's. */
export async function recordPairConfirmed(em: EntityManager, cause: Cause, pair: Pair, organisation: string): Promise<void> {
  for (const { serial } of [pair.authentication, pair.signing]) {
    const changed = await em.nativeUpdate(CertificateRow, { serial, state: 'issued' }, { state: 'confirmed' });
    if (changed > 0) await audit(em, cause, 'confirm', { serial, organisation });
  }
}

type Which = { smartcard: string; organisation: string; except?: readonly string[]; caseId?: string };

/** Revokes what is not yet revoked of a card: all of it, or what a case signed; `except` keeps these serials. */
export async function recordCertificatesRevoked(em: EntityManager, cause: Cause, which: Which, reason: RevocationReason): Promise<void> {
  const { smartcard, organisation, except = [], caseId } = which;
  const rows = await em.find(CertificateRow, {
    smartcard,
    state: { $ne: 'revoked' },
    serial: { $nin: [...except] },
    ...(caseId && { caseId }),
  });
  for (const { serial } of rows) {
    const revoked = { state: 'revoked' as const, revokedAt: cause.at, reason };
    const changed = await em.nativeUpdate(CertificateRow, { serial, state: { $ne: 'revoked' } }, revoked);
    if (changed > 0) await audit(em, cause, 'revoke', { serial, organisation }, { reason, smartcard });
  }
}

const audit = (
  em: EntityManager,
  cause: Cause,
  what: 'issue' | 'confirm' | 'revoke',
  { serial, organisation }: { serial: string; organisation: string },
  detail: Record<string, string> = {},
) =>
  recordAudit(
    em,
    { ...cause, id: `${cause.id}/${serial}/${what}` },
    { what: `certificate.${what}`, subjectKind: 'certificate', subjectId: serial, organisation, detail },
  );
