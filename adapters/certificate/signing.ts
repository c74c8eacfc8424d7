/** Puts a Signer where @peculiar/x509 and the OCSP structures want a signature. */
import { randomBytes } from 'node:crypto';
import { AlgorithmIdentifier } from '@peculiar/asn1-x509';
import { AsnEcSignatureFormatter } from './x509.ts';
import type { Curve, Signer } from './signer.ts';
import { hashOf } from './signer.ts';

const algorithms: Record<Curve, string> = { 'P-256': '1.2.840.10045.4.3.2', 'P-384': '1.2.840.10045.4.3.3' };

export const algorithmOf = ({ curve }: Signer) => new AlgorithmIdentifier({ algorithm: algorithms[curve] });

/** A signature as X.509 wants it (RFC 5480, appendix A: ECDSA-Sig-Value). */
export async function signatureOf(signer: Signer, toBeSigned: Uint8Array): Promise<ArrayBuffer> {
  const raw = await signer.sign(toBeSigned);
  const asDer = new AsnEcSignatureFormatter().toAsnSignature({ name: 'ECDSA', namedCurve: signer.curve }, raw);
  if (!asDer) throw new Error('The signer gave something that is no ECDSA signature');
  return asDer;
}

/** What `X509CertificateGenerator.create` takes: a key that is only a name, and a `crypto` whose one act is to ask the signer. */
export function keyAndCryptoOf(signer: Signer) {
  const algorithm = { name: 'ECDSA', namedCurve: signer.curve };
  const ask = (_algorithm: unknown, _key: unknown, data: ArrayBuffer) => signer.sign(new Uint8Array(data));
  return {
    signingKey: { type: 'private', algorithm, extractable: false, usages: ['sign'] },
    signingAlgorithm: { name: 'ECDSA', hash: hashOf[signer.curve] },
    crypto: { subtle: { sign: ask } },
  };
}

/** Capital hexadecimal of a positive number with 128 random bits behind a byte that keeps its length (RFC 5280, 4.1.2.2). */
export function newSerial(): string {
  const bytes = randomBytes(17);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex').toUpperCase();
}

/** As node:crypto and openssl write a serial. */
export const serialText = (integer: ArrayBuffer | Uint8Array) =>
  Buffer.from(integer instanceof Uint8Array ? integer : new Uint8Array(integer))
    .toString('hex')
    .toUpperCase()
    .replace(/^(00)+(?=..)/, '');
