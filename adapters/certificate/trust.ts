/** Whether a card's certificate is one of ours, today. Revocation is asked of the table, by whoever calls. */
import { X509Certificate } from 'node:crypto';
import { BasicConstraintsExtension, KeyUsageFlags, KeyUsagesExtension, X509Certificate as Parsed } from './x509.ts';
import type { KeyUse } from '../../domain/agent-protocol.ts';
import { readCardCertificate } from './card-certificate.ts';

/** The issuing authorities whose cards are taken. */
export interface Trust {
  readonly issuing: readonly X509Certificate[];
}

/**
 * @param root DER @param issuing DER, the present authority and any before it whose cards are still good
 * @throws {Error} unless the root is one, and each of the others is an authority that it made and that makes no authority
 */
export function createTrust(root: Uint8Array, issuing: readonly Uint8Array[]): Trust {
  const top = new X509Certificate(Buffer.from(root));
  if (!isAuthority(root) || !top.verify(top.publicKey))
    throw new Error('The root certificate is not that of an authority signed by itself');
  return {
    issuing: issuing.map((der) => {
      const certificate = new X509Certificate(Buffer.from(der));
      if (!isAuthority(der, 0)) throw new Error(`${certificate.subject} is not an authority with a path length of 0`);
      if (!certificate.checkIssued(top) || !certificate.verify(top.publicKey))
        throw new Error(`${certificate.subject} is not of this root`);
      return certificate;
    }),
  };
}

export type CardCertificateFault = 'NOT_A_CARD' | 'OTHER_USE' | 'NOT_OURS' | 'OTHER_POLICY' | 'NOT_YET_VALID' | 'EXPIRED';

/** Why a card's certificate (DER) is not taken at that time; null when it is (RFC 5280, 6.1, for a chain of this one shape). */
export function cardCertificateFault(
  der: Uint8Array,
  trust: Trust,
  expected: { use: KeyUse; policy: string; at: Date },
): CardCertificateFault | null {
  const read = readCardCertificate(der);
  if (!read) return 'NOT_A_CARD';
  if (read.use !== expected.use) return 'OTHER_USE';
  const certificate = new X509Certificate(Buffer.from(der));
  const issuer = trust.issuing.find((each) => certificate.checkIssued(each) && certificate.verify(each.publicKey));
  if (!issuer) return 'NOT_OURS';
  if (!read.policies.includes(expected.policy)) return 'OTHER_POLICY';
  if (expected.at < read.notBefore || expected.at < new Date(issuer.validFrom)) return 'NOT_YET_VALID';
  return expected.at > read.notAfter || expected.at > new Date(issuer.validTo) ? 'EXPIRED' : null;
}

function isAuthority(der: Uint8Array, pathLength?: number): boolean {
  const read = new Parsed(new Uint8Array(der));
  const constraints = read.getExtension(BasicConstraintsExtension);
  const usages = read.getExtension(KeyUsagesExtension)?.usages ?? 0;
  if (!constraints?.ca || (usages & KeyUsageFlags.keyCertSign) === 0) return false;
  return pathLength === undefined || constraints.pathLength === pathLength;
}
