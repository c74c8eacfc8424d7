/** What a card signed, read: the signature is checked by the certificate that comes with it; whether that one is good, the tables say. */
import { X509Certificate } from 'node:crypto';
import { compactVerify, decodeProtectedHeader } from 'jose';
import { type Statement, statement, statementType } from '../domain/agent-protocol.ts';
import { Refusal } from '../domain/refusal.ts';

export interface SignedStatement {
  said: Statement;
  /** Serial of the certificate whose key signed, in capital hexadecimal. */
  certificate: string;
  /** DER. */
  raw: Buffer;
}

/** @throws {Refusal} INVALID unless it is a statement, signed by the key of the one certificate it carries */
export async function readStatement(jws: string): Promise<SignedStatement> {
  try {
    const { x5c = [] } = decodeProtectedHeader(jws);
    if (x5c.length !== 1 || !x5c[0]) throw new Error(`${x5c.length} certificates, not 1`);
    const certificate = new X509Certificate(Buffer.from(x5c[0], 'base64'));
    const { payload, protectedHeader } = await compactVerify(jws, certificate.publicKey, { algorithms: ['ES256'] });
    const said = statement.parse(JSON.parse(new TextDecoder().decode(payload)));
    if (protectedHeader.typ !== statementType(said.purpose)) throw new Error(`Type is ${protectedHeader.typ}`);
    return { said, certificate: certificate.serialNumber, raw: certificate.raw };
  } catch {
    throw new Refusal('INVALID', 'What the card signed cannot be checked. Try again');
  }
}
