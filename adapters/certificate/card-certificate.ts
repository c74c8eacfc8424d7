import { X509Certificate as NodeCertificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import {
  BasicConstraintsExtension,
  CertificatePolicyExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509Certificate,
} from './x509.ts';
import type { KeyUse } from '../../domain/agent-protocol.ts';

/** The policy of everything made for development; its arc is the one for documentation (RFC 5612). Production refuses it. */
export const devPolicy = '1.3.6.1.4.1.32473.1.1';

export interface CardCertificate {
  readonly careId: string;
  readonly use: KeyUse;
  /** Capital hexadecimal. */
  readonly serial: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly policies: readonly string[];
  readonly publicKey: KeyObject;
}

const subject = /^O=nhs, ?OU=people, ?CN=(\d{12})$/;

/** What a card's certificate (DER) says; null when it is none: an authority's, another profile's, or no certificate. Checks no signature. */
export function readCardCertificate(der: Uint8Array): CardCertificate | null {
  try {
    const read = new X509Certificate(new Uint8Array(der));
    const careId = subject.exec(read.subject)?.[1];
    const use = useOf(read);
    if (careId === undefined || use === null || read.getExtension(BasicConstraintsExtension)?.ca) return null;
    const { serialNumber, publicKey } = new NodeCertificate(Buffer.from(der));
    return { careId, use, serial: serialNumber, notBefore: read.notBefore, notAfter: read.notAfter, policies: policiesOf(read), publicKey };
  } catch {
    return null;
  }
}

/** @param der any certificate of ours: a card's or the issuing authority's */
export const isDevCertificate = (der: Uint8Array) => policiesOf(new X509Certificate(new Uint8Array(der))).includes(devPolicy);

const policiesOf = (certificate: X509Certificate) => certificate.getExtension(CertificatePolicyExtension)?.policies ?? [];

function useOf(certificate: X509Certificate): KeyUse | null {
  const usages = certificate.getExtension(KeyUsagesExtension)?.usages;
  const extended = certificate.getExtension(ExtendedKeyUsageExtension)?.usages ?? [];
  if (usages === KeyUsageFlags.digitalSignature && extended.includes(ExtendedKeyUsage.clientAuth)) return 'authentication';
  return usages === KeyUsageFlags.nonRepudiation && extended.length === 0 ? 'signing' : null;
}
