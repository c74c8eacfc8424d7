/** Reads what a card signed. Says who signed what; whether that certificate and those claims are wanted is the caller's to check. */
import { verify } from 'node:crypto';
import { z } from 'zod';
import type { Statement } from '../../domain/agent-protocol.ts';
import { statement, statementType } from '../../domain/agent-protocol.ts';
import type { CardCertificate } from './card-certificate.ts';
import { readCardCertificate } from './card-certificate.ts';

export interface SignedStatement {
  readonly said: Statement;
  readonly by: CardCertificate;
  /** DER, for `cardCertificateFault`. */
  readonly certificate: Buffer;
}

/** Exactly this: no key, address or extension that the signer would choose (RFC 8725, 3). */
const header = z.strictObject({ alg: z.literal('ES256'), typ: z.string(), x5c: z.tuple([z.base64()]) });

/** Null unless it is a statement, of the type its purpose has, signed by the key of the certificate it brings, for that key's use. */
export function readStatement(jws: string): SignedStatement | null {
  const parts = jws.split('.');
  const [head = '', body = '', signature = ''] = parts;
  const read = parts.length === 3 ? { header: header.safeParse(parsed(head)), said: statement.safeParse(parsed(body)) } : null;
  if (!read?.header.success || !read.said.success) return null;
  const { typ, x5c } = read.header.data;
  const said = read.said.data;
  const certificate = Buffer.from(x5c[0], 'base64');
  const by = readCardCertificate(certificate);
  if (!by || by.use !== said.use || typ !== statementType(said.purpose) || by.publicKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    return null;
  const key = { key: by.publicKey, dsaEncoding: 'ieee-p1363' } as const;
  const isSigned = verify('sha256', Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url'));
  return isSigned ? { said, by, certificate } : null;
}

function parsed(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
