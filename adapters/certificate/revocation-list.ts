import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import type { Certificate } from '@peculiar/asn1-x509';
import {
  AuthorityKeyIdentifier,
  CRLNumber,
  CRLReason,
  CRLReasons,
  Extension,
  id_ce_authorityKeyIdentifier,
  id_ce_cRLNumber,
  id_ce_cRLReasons,
} from '@peculiar/asn1-x509';
import type { Authority } from './ceremony.ts';
import { integer, sequence, tagged, time } from './der.ts';
import { parseCertificate, subjectKeyIdentifier } from './parsed.ts';
import { algorithmOf, signatureOf } from './signing.ts';

export const revocationReasons = {
  'key-compromise': CRLReasons.keyCompromise,
  superseded: CRLReasons.superseded,
  'cessation-of-operation': CRLReasons.cessationOfOperation,
  'affiliation-changed': CRLReasons.affiliationChanged,
  'privilege-withdrawn': CRLReasons.privilegeWithdrawn,
  unspecified: CRLReasons.unspecified,
} as const;
export type RevocationReason = keyof typeof revocationReasons;

export interface Revoked {
  /** Capital hexadecimal. */
  readonly serial: string;
  readonly at: Date;
  readonly reason: RevocationReason;
}

/**
 * A full CRL (RFC 5280, 5), DER.
 *
 * @param list.number higher with each list @param list.revoked each serial once; may leave out the expired
 */
export async function createRevocationList(
  { certificate, signer }: Authority,
  list: { number: number; thisUpdate: Date; nextUpdate: Date; revoked: readonly Revoked[] },
): Promise<Buffer> {
  const issuer = parseCertificate(certificate);
  const algorithm = toDer(algorithmOf(signer));
  const entries = list.revoked.length > 0 ? [sequence(Buffer.concat(list.revoked.map(entryOf)))] : [];
  const extensions = tagged(0xa0, sequence(...listExtensions(issuer, list.number)));
  const name = toDer(issuer.tbsCertificate.subject);
  const content = sequence(integer('01'), algorithm, name, time(list.thisUpdate), time(list.nextUpdate), ...entries, extensions);
  return sequence(content, algorithm, tagged(0x03, Buffer.of(0), new Uint8Array(await signatureOf(signer, content))));
}

const toDer = (value: unknown) => new Uint8Array(AsnConvert.serialize(value));
const extension = (extnID: string, value: unknown) =>
  toDer(new Extension({ extnID, critical: false, extnValue: new OctetString(AsnConvert.serialize(value)) }));

/** "unspecified" is said by leaving the reason out (RFC 5280, 5.3.1). */
const reasonExtensions = Object.fromEntries(
  Object.entries(revocationReasons).map(([reason, code]) => [
    reason,
    code === CRLReasons.unspecified ? [] : [sequence(extension(id_ce_cRLReasons, new CRLReason(code)))],
  ]),
);

const entryOf = ({ serial, at, reason }: Revoked) => sequence(integer(serial), time(at), ...(reasonExtensions[reason] ?? []));

const listExtensions = (issuer: Certificate, number: number) => [
  extension(id_ce_authorityKeyIdentifier, new AuthorityKeyIdentifier({ keyIdentifier: subjectKeyIdentifier(issuer) })),
  extension(id_ce_cRLNumber, new CRLNumber(number)),
];
