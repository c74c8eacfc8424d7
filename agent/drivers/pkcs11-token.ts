/** A card behind PKCS#11, as objects on a token: keys and certificates, named by case and use. */
import { X509Certificate } from 'node:crypto';
import type * as Graphene from 'graphene-pk11';
import type { KeyUse } from '../../domain/agent-protocol.ts';
import { keyUses } from '../../domain/agent-protocol.ts';
import type { Pair } from './driver.ts';
import { CardError, forBoth } from './driver.ts';

export type Pkcs11 = typeof Graphene;

/** What stands before the 65 bytes of a point in the SubjectPublicKeyInfo of a P-256 key (RFC 5480). */
const spkiPrefix = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex');
const pointBytes = 65;
const labelStart = 'care';
const passcodeMark = 'care passcode set';

/** CKR_ codes of PKCS#11 v2.40 that are a person's doing or a card's. */
const meanings: Record<number, CardError['code']> = {
  0xa0: 'WRONG_PASSCODE',
  0xa4: 'LOCKED',
  0x32: 'CARD_CHANGED',
  0xe0: 'NO_CARD',
  0xb3: 'CARD_CHANGED',
};

/** Runs one thing on the token. @throws {CardError} where the module's error has a meaning for the person */
export function onToken<T>(pkcs11: Pkcs11, slot: Graphene.Slot, act: (session: Graphene.Session) => T): T {
  const { SessionFlag } = pkcs11;
  try {
    const session = slot.open(SessionFlag.SERIAL_SESSION | SessionFlag.RW_SESSION);
    try {
      return act(session);
    } finally {
      session.close();
    }
  } catch (error) {
    throw meant(error);
  }
}

/** As the holder (user) or as whoever has the PUK (security officer). Out again whatever happens: a login is the whole program's. */
export function loggedIn<T>(session: Graphene.Session, pin: string, who: Graphene.UserType, act: () => T): T {
  session.login(pin, who);
  try {
    return act();
  } finally {
    session.logout();
  }
}

function meant(error: unknown): unknown {
  const { code } = error as { code?: unknown };
  const meaning = typeof code === 'number' ? meanings[code] : undefined;
  return meaning ? new CardError(meaning) : error;
}

const label = (caseId: string, use: KeyUse) => `${labelStart} ${use} ${caseId}`;
const caseOf = (text: string) => /^care (?:authentication|signing) (.+)$/.exec(text)?.[1];

function find(session: Graphene.Session, template: Graphene.ITemplate): Graphene.SessionObject[] {
  const found = session.find(template);
  return Array.from({ length: found.length }, (_, index) => found.items(index));
}

/** Whether the holder has chosen a passcode; until then the PIN is one the management key gives. */
export const hasPasscode = ({ ObjectClass }: Pkcs11, session: Graphene.Session) =>
  session.find({ class: ObjectClass.DATA, label: passcodeMark }).length > 0;

export function markPasscode(pkcs11: Pkcs11, session: Graphene.Session): void {
  if (hasPasscode(pkcs11, session)) return;
  const value = Buffer.from('1');
  session.create({ class: pkcs11.ObjectClass.DATA, token: true, private: false, application: labelStart, label: passcodeMark, value });
}

export interface TokenPair {
  readonly case: string;
  readonly certificates: Pair<Buffer>;
}

/** The pairs that have both certificates, newest first. */
export function completePairs(pkcs11: Pkcs11, session: Graphene.Session): TokenPair[] {
  const pairs = casesOn(pkcs11, session).flatMap((caseId) => {
    const certificates = forBoth((use) => certificateOf(pkcs11, session, { caseId, use }));
    return certificates.authentication && certificates.signing
      ? [{ case: caseId, certificates: certificates as Pair<Buffer>, from: startOf(certificates.authentication) }]
      : [];
  });
  return pairs.sort((a, b) => b.from - a.from);
}

const startOf = (certificate: Buffer) => Date.parse(new X509Certificate(certificate).validFrom);

function casesOn({ ObjectClass }: Pkcs11, session: Graphene.Session): string[] {
  const labels = find(session, { class: ObjectClass.PUBLIC_KEY }).map((key) => String(key.getAttribute({ label: null }).label));
  return [...new Set(labels.flatMap((text) => caseOf(text) ?? []))];
}

export interface KeyName {
  readonly caseId: string;
  readonly use: KeyUse;
}

export function certificateOf({ ObjectClass }: Pkcs11, session: Graphene.Session, { caseId, use }: KeyName): Buffer | null {
  const [found] = find(session, { class: ObjectClass.CERTIFICATE, label: label(caseId, use) });
  return found ? Buffer.from(found.getAttribute({ value: null }).value ?? []) : null;
}

/** SubjectPublicKeyInfo, DER; null when there is no such key. */
export function publicKeyOf({ ObjectClass }: Pkcs11, session: Graphene.Session, { caseId, use }: KeyName): Buffer | null {
  const [found] = find(session, { class: ObjectClass.PUBLIC_KEY, label: label(caseId, use) });
  if (!found) return null;
  return Buffer.concat([spkiPrefix, Buffer.from(found.getAttribute({ pointEC: null }).pointEC ?? []).subarray(-pointBytes)]);
}

export function makeKey({ KeyGenMechanism, KeyType, NamedCurve }: Pkcs11, session: Graphene.Session, { caseId, use }: KeyName): void {
  const about = { keyType: KeyType.EC, label: label(caseId, use), id: Buffer.from(`${caseId}${use}`), token: true };
  const paramsEC = NamedCurve.getByName('secp256r1').value;
  session.generateKeyPair(
    KeyGenMechanism.EC,
    { ...about, private: false, verify: true, paramsEC },
    { ...about, private: true, sign: true, sensitive: true, extractable: false },
  );
}

/** r and s of ECDSA over what was hashed. The holder is logged in. */
export function signHash({ ObjectClass }: Pkcs11, session: Graphene.Session, { caseId, use }: KeyName, hash: Buffer): Buffer {
  const [found] = find(session, { class: ObjectClass.PRIVATE_KEY, label: label(caseId, use) });
  if (!found) throw new CardError('NOT_READY');
  return session.createSign('ECDSA', found.toType<Graphene.PrivateKey>()).once(hash);
}

/** In place of any there was. */
export function writeCertificate(pkcs11: Pkcs11, session: Graphene.Session, { caseId, use }: KeyName, certificate: Buffer): void {
  const { ObjectClass, CertificateType } = pkcs11;
  const about = { class: ObjectClass.CERTIFICATE, label: label(caseId, use) };
  find(session, about).forEach((old) => old.destroy());
  const id = Buffer.from(`${caseId}${use}`);
  session.create({
    ...about,
    certType: CertificateType.X_509,
    token: true,
    private: false,
    id,
    subject: subjectIn(certificate),
    value: certificate,
  });
}

/** Everything of every case but those. */
export function removeOthers(pkcs11: Pkcs11, session: Graphene.Session, keep: readonly string[]): void {
  const classes = [pkcs11.ObjectClass.CERTIFICATE, pkcs11.ObjectClass.PRIVATE_KEY, pkcs11.ObjectClass.PUBLIC_KEY];
  const gone = casesOn(pkcs11, session).filter((caseId) => !keep.includes(caseId));
  for (const caseId of gone) {
    for (const use of keyUses) {
      for (const each of classes) find(session, { class: each, label: label(caseId, use) }).forEach((object) => object.destroy());
    }
  }
}

/** The subject of a certificate as it is encoded, which PKCS#11 wants beside it: the sixth part of what is signed, after the version. */
function subjectIn(certificate: Buffer): Buffer {
  let at = contentOf(certificate, contentOf(certificate, 0).start).start;
  for (let part = 0; part < 5; part++) at = contentOf(certificate, at).end;
  return certificate.subarray(at, contentOf(certificate, at).end);
}

function contentOf(der: Buffer, at: number): { start: number; end: number } {
  const first = der[at + 1] ?? 0;
  if (first < 0x80) return { start: at + 2, end: at + 2 + first };
  const bytes = first & 0x7f;
  const start = at + 2 + bytes;
  return { start, end: start + der.readUIntBE(at + 2, bytes) };
}
