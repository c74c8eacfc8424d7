import { createHash } from 'node:crypto';
import { AsnConvert, OctetString } from '@peculiar/asn1-schema';
import { Certificate, id_ce_subjectKeyIdentifier, SubjectKeyIdentifier } from '@peculiar/asn1-x509';

export const parseCertificate = (der: Uint8Array): Certificate => AsnConvert.parse(new Uint8Array(der), Certificate);

/** @throws {Error} when the certificate has none: every one of ours has */
export function subjectKeyIdentifier({ tbsCertificate }: Certificate): SubjectKeyIdentifier {
  const found = tbsCertificate.extensions?.find(({ extnID }) => extnID === id_ce_subjectKeyIdentifier);
  if (!found) throw new Error('The authority’s certificate has no key identifier');
  return new SubjectKeyIdentifier(AsnConvert.parse(found.extnValue.buffer, OctetString).buffer);
}

/** What OCSP names an issuer by (RFC 6960, 4.1.1): hashes of its name and of its key without tag and length. */
export function issuerHashes({ tbsCertificate }: Certificate, hash: 'sha1' | 'sha256') {
  const name = new Uint8Array(AsnConvert.serialize(tbsCertificate.subject));
  const key = new Uint8Array(tbsCertificate.subjectPublicKeyInfo.subjectPublicKey);
  return { name: createHash(hash).update(name).digest(), key: createHash(hash).update(key).digest() };
}
