/** What a card signs: certificate requests for new keys, and statements about what its holder agreed to. Never bytes somebody gave. */
import { createHash } from 'node:crypto';
import type { CardDriverKind, Statement } from '../domain/agent-protocol.ts';
import { requestChallenge, statement, statementType } from '../domain/agent-protocol.ts';
import * as der from './der.ts';
import type { CardKey, CertifiedKey } from './drivers/driver.ts';

const commonName = '2.5.4.3';
const organisationalUnit = '2.5.4.11';
const challengePassword = '1.2.840.113549.1.9.7';
const ecdsaWithSha256 = '1.2.840.10045.4.3.2';

/** A PKCS#10 request (RFC 2986), DER: proof that the card has the key, tied to its case and order by the challenge password. */
export async function certificateRequest(
  key: CardKey,
  about: { card: string; driver: CardDriverKind; case: string; nonce: string },
): Promise<Buffer> {
  const challenge = der.sequence(der.objectIdentifier(challengePassword), der.set(der.utf8(requestChallenge(about.case, about.nonce))));
  const named = (type: string, value: string) => der.set(der.sequence(der.objectIdentifier(type), der.utf8(value)));
  const subject = der.sequence(named(organisationalUnit, about.driver), named(commonName, about.card));
  const information = der.sequence(der.integer(Buffer.of(0)), subject, key.publicKey, der.context0(challenge));
  const signature = await key.sign(information);
  const { length } = signature;
  const asDer = der.sequence(der.integer(signature.subarray(0, length / 2)), der.integer(signature.subarray(length / 2)));
  return der.sequence(information, der.sequence(der.objectIdentifier(ecdsaWithSha256)), der.bitString(asDer));
}

export const requestHash = (request: Uint8Array) => createHash('sha256').update(request).digest('base64url');

/** A statement as JWS compact (RFC 7515), with the key's certificate in x5c. */
export async function signStatement(key: CertifiedKey, said: Statement): Promise<string> {
  const header = { alg: 'ES256', typ: statementType(said.purpose), x5c: [key.certificate.toString('base64')] };
  const input = [header, statement.parse(said)].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${input}.${(await key.sign(Buffer.from(input))).toString('base64url')}`;
}
