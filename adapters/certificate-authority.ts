/**
 * The certificate authority: issues the two certificates of a card for keys whose possession was proved.
 * Knows no case and keeps no table; whoever calls it has read the open case, and records what comes back.
 */
import { createPublicKey } from 'node:crypto';
import {
  AuthorityInfoAccessExtension,
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  CertificatePolicyExtension,
  ChallengePasswordAttribute,
  CRLDistributionPointsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  Pkcs10CertificateRequest,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from './certificate/x509.ts';
import type { Extension } from './certificate/x509.ts';
import { type CardDriverKind, cardDrivers, type KeyUse } from '../domain/agent-protocol.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Authority } from './certificate/ceremony.ts';
import { curveOf } from './certificate/signer.ts';
import { keyAndCryptoOf, newSerial } from './certificate/signing.ts';

export type { Authority } from './certificate/ceremony.ts';
export { createIssuing, createResponder, createRoot } from './certificate/ceremony.ts';
export type { RevocationReason, Revoked } from './certificate/revocation-list.ts';
export { createRevocationList } from './certificate/revocation-list.ts';
export { openSecret, sealSecret } from './certificate/sealing.ts';
export { newSigner, signerOf } from './certificate/signer.ts';
export { readStatement } from './certificate/statement.ts';
export type { CertificateStatus } from './certificate/ocsp.ts';
export { answerOcsp } from './certificate/ocsp.ts';
export { devPolicy, isDevCertificate, readCardCertificate } from './certificate/card-certificate.ts';
export type { CardCertificateFault, Trust } from './certificate/trust.ts';
export { cardCertificateFault, createTrust } from './certificate/trust.ts';

/** What every certificate of a card says, from settings. */
export interface CardTerms {
  readonly lifetimeDays: number;
  /** OID of the certificate policy. */
  readonly policy: string;
  readonly crlUrl: string;
  readonly ocspUrl: string;
}

export interface IssuedCertificate {
  readonly use: KeyUse;
  /** DER. */
  readonly certificate: Buffer;
  /** Capital hexadecimal. */
  readonly serial: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Allows for clocks that are behind. */
const backdatedMs = 60_000;

/**
 * The public key (SPKI, DER) of a certificate request, once its maker proved to have the private one for this case and order.
 *
 * @param request PKCS#10, DER @param challenge `requestChallenge(case, nonce)` of the order that asked for it
 * @throws {Refusal} INVALID when it cannot be read, is not for a P-256 key, is not signed by it, or is for another case or order
 */
export async function provedPublicKey(request: Uint8Array, challenge: string): Promise<Buffer> {
  const read = readRequest(request);
  const publicKey = Buffer.from(read.publicKey.rawData);
  if (!isP256(publicKey)) throw new Refusal('INVALID', 'The card made a key of a kind that is not used');
  if (!(await read.verify().catch(() => false))) throw new Refusal('INVALID', 'The card did not prove that it has the key');
  const said = read.getAttribute('1.2.840.113549.1.9.7');
  if (!(said instanceof ChallengePasswordAttribute) || said.password !== challenge) {
    throw new Refusal('INVALID', 'The card made its keys for something else. Start this step again');
  }
  return publicKey;
}

/** What the agent that made a request says its cards are, in the OU of the subject; null if it says nothing that we know. */
export function driverOf(request: Uint8Array): CardDriverKind | null {
  const said = readRequest(request).subjectName.getField('OU');
  return (said.length === 1 && cardDrivers.find((kind) => kind === said[0])) || null;
}

/**
 * Two certificates for one person's card: one signs in, one signs documents. What is not recorded by the caller was never issued.
 *
 * @param holder.careId 12 digits @param holder.publicKeys SPKI, DER, from `provedPublicKey`
 * @throws {Refusal} INVALID for one key twice @throws {Error} when the authority's own certificate would end first
 */
export async function issueCardCertificates(
  authority: Authority,
  terms: CardTerms,
  holder: { careId: string; publicKeys: Readonly<Record<KeyUse, Buffer>>; at: Date },
): Promise<Record<KeyUse, IssuedCertificate>> {
  const { authentication, signing } = holder.publicKeys;
  if (authentication.equals(signing)) throw new Refusal('INVALID', 'The card must have two keys, not one for both uses');
  return {
    authentication: await issue(authority, terms, holder, 'authentication'),
    signing: await issue(authority, terms, holder, 'signing'),
  };
}

async function issue(
  authority: Authority,
  terms: CardTerms,
  holder: { careId: string; publicKeys: Readonly<Record<KeyUse, Buffer>>; at: Date },
  use: KeyUse,
): Promise<IssuedCertificate> {
  if (!/^\d{12}$/.test(holder.careId)) throw new Error('A Care ID has 12 digits');
  const issuer = new X509Certificate(authority.certificate);
  const notBefore = new Date(holder.at.getTime() - backdatedMs);
  const notAfter = new Date(holder.at.getTime() + terms.lifetimeDays * 86_400_000);
  if (notAfter > issuer.notAfter)
    throw new Error(`The issuing certificate ends on ${issuer.notAfter.toISOString()}, before a card would: renew it first`);
  const { signingKey, signingAlgorithm, crypto } = keyAndCryptoOf(authority.signer);
  const serial = newSerial();
  const publicKey = holder.publicKeys[use];
  const subject = `O=nhs,OU=people,CN=${holder.careId}`;
  const extensions = await extensionsFor(use, publicKey, issuer, terms);
  const parameters = {
    serialNumber: serial,
    subject,
    issuer: issuer.subjectName,
    notBefore,
    notAfter,
    publicKey,
    signingKey,
    signingAlgorithm,
    extensions,
  };
  const { rawData } = await X509CertificateGenerator.create(parameters, crypto);
  return { use, certificate: Buffer.from(rawData), serial, notBefore, notAfter };
}

async function extensionsFor(use: KeyUse, publicKey: Buffer, issuer: X509Certificate, terms: CardTerms): Promise<Extension[]> {
  const isForSigningIn = use === 'authentication';
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(isForSigningIn ? KeyUsageFlags.digitalSignature : KeyUsageFlags.nonRepudiation, true),
    ...(isForSigningIn ? [new ExtendedKeyUsageExtension([ExtendedKeyUsage.clientAuth])] : []),
    new CertificatePolicyExtension([terms.policy]),
    await SubjectKeyIdentifierExtension.create(publicKey),
    await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    new CRLDistributionPointsExtension([terms.crlUrl]),
    new AuthorityInfoAccessExtension({ ocsp: terms.ocspUrl }),
  ];
}

function readRequest(request: Uint8Array): Pkcs10CertificateRequest {
  try {
    return new Pkcs10CertificateRequest(new Uint8Array(request));
  } catch {
    throw new Refusal('INVALID', 'The certificate request cannot be read');
  }
}

function isP256(spki: Buffer): boolean {
  try {
    return curveOf(createPublicKey({ key: spki, format: 'der', type: 'spki' })) === 'P-256';
  } catch {
    return false;
  }
}
