/** The certificates everything hangs on: a root that stays off the server, and an issuing authority that can make no further one. */
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  CertificatePolicyExtension,
  CRLDistributionPointsExtension,
  ExtendedKeyUsageExtension,
  Extension,
  ExtendedKeyUsage,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from './x509.ts';
import type { Signer } from './signer.ts';
import { keyAndCryptoOf, newSerial } from './signing.ts';

/** A certificate (DER) and the key it is for. */
export interface Authority {
  readonly certificate: Buffer;
  readonly signer: Signer;
}

export interface AuthorityTerms {
  /** Common name; its organisation is nhs, its unit CA. */
  readonly name: string;
  readonly from: Date;
  readonly years: number;
}

const subjectOf = (name: string) => `O=nhs,OU=CA,CN=${name}`;
const ocspNoCheck = '1.3.6.1.5.5.7.48.1.5';
const derNull = Buffer.from('0500', 'hex');

/** Self-signed (RFC 5280): what relying parties trust. */
export async function createRoot(signer: Signer, { name, from, years }: AuthorityTerms): Promise<Authority> {
  const { signingKey, signingAlgorithm, crypto } = keyAndCryptoOf(signer);
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: newSerial(),
      subject: subjectOf(name),
      issuer: subjectOf(name),
      notBefore: from,
      notAfter: plusYears(from, years),
      publicKey: signer.publicKey,
      signingKey,
      signingAlgorithm,
      extensions: [
        new BasicConstraintsExtension(true, 1, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(signer.publicKey),
      ],
    },
    crypto,
  );
  return { certificate: Buffer.from(certificate.rawData), signer };
}

export interface IssuingTerms extends AuthorityTerms {
  /** OID of the certificate policy its certificates may carry. */
  readonly policy: string;
  /** Where the root's revocation list is. */
  readonly rootCrlUrl: string;
}

/** pathLenConstraint 0: under it are holders only. @param issuing may have its key in a PKCS#11 module */
export async function createIssuing(root: Authority, issuing: Signer, terms: IssuingTerms): Promise<Authority> {
  const issuer = new X509Certificate(root.certificate);
  const { signingKey, signingAlgorithm, crypto } = keyAndCryptoOf(root.signer);
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: newSerial(),
      subject: subjectOf(terms.name),
      issuer: issuer.subjectName,
      notBefore: terms.from,
      notAfter: plusYears(terms.from, terms.years),
      publicKey: issuing.publicKey,
      signingKey,
      signingAlgorithm,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(issuing.publicKey),
        await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
        new CertificatePolicyExtension([terms.policy]),
        new CRLDistributionPointsExtension([terms.rootCrlUrl]),
      ],
    },
    crypto,
  );
  return { certificate: Buffer.from(certificate.rawData), signer: issuing };
}

/** A key that may answer for the authority and is not asked after itself (RFC 6960, 4.2.2.2.1); short-lived, so one a process. */
export async function createResponder(authority: Authority, responder: Signer, terms: { from: Date; days: number }): Promise<Authority> {
  const issuer = new X509Certificate(authority.certificate);
  const { signingKey, signingAlgorithm, crypto } = keyAndCryptoOf(authority.signer);
  const certificate = await X509CertificateGenerator.create(
    {
      serialNumber: newSerial(),
      subject: subjectOf('OCSP responder'),
      issuer: issuer.subjectName,
      notBefore: new Date(terms.from.getTime() - 60_000),
      notAfter: new Date(terms.from.getTime() + terms.days * 86_400_000),
      publicKey: responder.publicKey,
      signingKey,
      signingAlgorithm,
      extensions: [
        new BasicConstraintsExtension(false),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.ocspSigning]),
        new Extension(ocspNoCheck, false, derNull),
        await SubjectKeyIdentifierExtension.create(responder.publicKey),
        await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
      ],
    },
    crypto,
  );
  return { certificate: Buffer.from(certificate.rawData), signer: responder };
}

function plusYears(from: Date, years: number): Date {
  const to = new Date(from);
  to.setUTCFullYear(from.getUTCFullYear() + years);
  return to;
}
