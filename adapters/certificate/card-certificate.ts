import { X509Certificate } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { KeyUse } from '../../domain/agent-protocol.ts';
import { extensionsOf, firstBits, oidsIn } from './extensions.ts';

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

const [keyUsage, policies, extendedKeyUsage] = ['2.5.29.15', '2.5.29.32', '2.5.29.37'] as const;
const [digitalSignature, nonRepudiation] = [0x80, 0x40] as const;
const clientAuth = '1.3.6.1.5.5.7.3.2';
/** As node:crypto writes a name: a line for each part, in its order. */
const subject = /^O=nhs\nOU=people\nCN=(\d{12})$/;

/** What a card's certificate (DER) says; null when it is none: an authority's, another profile's, or no certificate. Checks no signature. */
export function readCardCertificate(der: Uint8Array): CardCertificate | null {
  try {
    const read = new X509Certificate(Buffer.from(der));
    const extensions = extensionsOf(read.raw);
    const careId = subject.exec(read.subject)?.[1];
    const use = useOf(extensions);
    if (careId === undefined || use === null || read.ca) return null;
    const dates = { notBefore: new Date(read.validFrom), notAfter: new Date(read.validTo) };
    return { careId, use, serial: read.serialNumber, ...dates, policies: oidsIn(extensions.get(policies)), publicKey: read.publicKey };
  } catch {
    return null;
  }
}

/** @param der any certificate of ours: a card's or the issuing authority's */
export const isDevCertificate = (der: Uint8Array) =>
  oidsIn(extensionsOf(new X509Certificate(Buffer.from(der)).raw).get(policies)).includes(devPolicy);

function useOf(extensions: ReadonlyMap<string, Buffer>): KeyUse | null {
  const usage = firstBits(extensions.get(keyUsage));
  const extended = oidsIn(extensions.get(extendedKeyUsage));
  if (usage === digitalSignature && extended.includes(clientAuth)) return 'authentication';
  return usage === nonRepudiation && extended.length === 0 ? 'signing' : null;
}
