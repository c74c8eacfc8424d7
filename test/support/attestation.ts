import 'reflect-metadata';
/** A security key that a test makes: what it answers to a registration, signed for by whom the test says (WebAuthn Level 3, 6.5). */
import { createHash, randomBytes, randomUUID, type webcrypto } from 'node:crypto';
import { BasicConstraintsExtension, type X509Certificate, X509CertificateGenerator } from '@peculiar/x509';
import { isoCBOR } from '@simplewebauthn/server/helpers';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const newKeys = () => crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
const attesting = 'C=GB, O=Elm Keys, OU=Authenticator Attestation, CN=Elm key';

export interface Maker {
  root: X509Certificate;
  /** Signs for its keys. */
  leaf: X509Certificate;
  keys: webcrypto.CryptoKeyPair;
}

/** @param days how long what signs for its keys is good, from a day ago */
export async function aMaker({ days = 365 } = {}): Promise<Maker> {
  const [rootKeys, keys] = await Promise.all([newKeys(), newKeys()]);
  const yesterday = new Date(Date.now() - 86_400_000);
  const terms = { notBefore: yesterday, signingAlgorithm: algorithm };
  const root = await X509CertificateGenerator.createSelfSigned({
    ...terms,
    name: 'C=GB, O=Elm Keys, CN=Elm root',
    notAfter: new Date(Date.now() + 3650 * 86_400_000),
    keys: rootKeys,
    extensions: [new BasicConstraintsExtension(true, undefined, true)],
  });
  const leaf = await X509CertificateGenerator.create({
    ...terms,
    subject: attesting,
    issuer: root.subject,
    notAfter: new Date(yesterday.getTime() + days * 86_400_000),
    publicKey: keys.publicKey,
    signingKey: rootKeys.privateKey,
    extensions: [new BasicConstraintsExtension(false, undefined, true)],
  });
  return { root, leaf, keys };
}

export interface Making {
  origin: string;
  challenge: string;
  aaguid: string;
  /** Nobody signs; the key itself does; or a maker. */
  by: 'nobody' | 'itself' | Maker;
  /** It may be copied to other devices. */
  canSync?: boolean;
  attachment?: 'platform' | 'cross-platform';
}

/** @returns the JSON that a page's form has of a browser */
export async function aRegistration({
  origin,
  challenge,
  aaguid,
  by,
  canSync = false,
  attachment = 'cross-platform',
}: Making): Promise<string> {
  const own = await newKeys();
  const { x, y } = await crypto.subtle.exportKey('jwk', own.publicKey);
  const coordinate = (text?: string) => new Uint8Array(Buffer.from(text!, 'base64url'));
  const publicKey = isoCBOR.encode(
    new Map<number, number | Uint8Array>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, coordinate(x)],
      [-3, coordinate(y)],
    ]),
  );
  const id = randomBytes(32);
  const flags = 0x45 | (canSync ? 0x18 : 0);
  const authData = Buffer.concat([
    createHash('sha256').update(new URL(origin).hostname).digest(),
    Buffer.from([flags, 0, 0, 0, 0]),
    Buffer.from(aaguid.replaceAll('-', ''), 'hex'),
    Buffer.from([0, id.length]),
    id,
    publicKey,
  ]);
  const clientData = Buffer.from(JSON.stringify({ type: 'webauthn.create', challenge, origin, crossOrigin: false }));
  const signed = Buffer.concat([authData, createHash('sha256').update(clientData).digest()]);
  const statement = await statementOf(by, own, signed);
  const attestationObject = isoCBOR.encode(
    new Map<string, unknown>([
      ['fmt', statement.size === 0 ? 'none' : 'packed'],
      ['attStmt', statement],
      ['authData', new Uint8Array(authData)],
    ]) as never,
  );
  const encoded = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url');
  return JSON.stringify({
    id: encoded(id),
    rawId: encoded(id),
    type: 'public-key',
    authenticatorAttachment: attachment,
    clientExtensionResults: {},
    response: { attestationObject: encoded(attestationObject), clientDataJSON: encoded(clientData), transports: ['usb'] },
  });
}

async function statementOf(by: Making['by'], own: webcrypto.CryptoKeyPair, signed: Uint8Array<ArrayBuffer>): Promise<Map<string, unknown>> {
  if (by === 'nobody') return new Map();
  const { privateKey } = by === 'itself' ? own : by.keys;
  const raw = new Uint8Array(await crypto.subtle.sign(algorithm, privateKey, signed));
  const statement = new Map<string, unknown>([
    ['alg', -7],
    ['sig', derOf(raw)],
  ]);
  if (by !== 'itself') statement.set('x5c', [new Uint8Array(by.leaf.rawData)]);
  return statement;
}

/** From r and s to what WebAuthn has (RFC 3279, 2.2.3). */
function derOf(raw: Uint8Array): Uint8Array {
  const integer = (part: Uint8Array) => {
    const bare = part.subarray(part.findIndex((byte) => byte !== 0));
    const bytes = bare[0]! & 0x80 ? [0, ...bare] : [...bare];
    return [2, bytes.length, ...bytes];
  };
  const both = [...integer(raw.subarray(0, 32)), ...integer(raw.subarray(32))];
  return new Uint8Array([0x30, both.length, ...both]);
}

export const anAaguid = (): string => randomUUID();
