import { randomBytes } from 'node:crypto';
import { issueCardCertificates, openSecret, readStatement, sealSecret } from '../../adapters/certificate-authority.ts';
import type { CertifiedKey } from '../../agent/drivers/driver.ts';
import { signStatement } from '../../agent/signed.ts';
import type { Statement } from '../../domain/agent-protocol.ts';
import { newSigner } from '../../adapters/certificate/signer.ts';
import { anAuthority, cardTerms } from '../support/authority.ts';

const said: Statement = {
  purpose: 'sign-in',
  use: 'authentication',
  origin: 'http://localhost:4000',
  aud: 'http://localhost:4000/oidc',
  nonce: 'YWJjZGVmZ2hpamtsbW5vcA',
  iat: 1_800_000_000,
  card: 'S-1',
  driver: 'software',
};

async function aPair() {
  const [one, other] = [newSigner('P-256').signer, newSigner('P-256').signer];
  const publicKeys = { authentication: one.publicKey, signing: other.publicKey };
  const { issuing } = await anAuthority();
  const issued = await issueCardCertificates(issuing, cardTerms(), { careId: '555123456789', publicKeys, at: new Date() });
  const key = (signer: typeof one, certificate: Buffer): CertifiedKey => ({
    publicKey: signer.publicKey,
    certificate,
    sign: (data) => signer.sign(data),
  });
  return { authentication: key(one, issued.authentication.certificate), signing: key(other, issued.signing.certificate) };
}
const pair = await aPair();
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const signed = async (header: unknown, body: unknown, key = pair.authentication) => {
  const input = `${encoded(header)}.${encoded(body)}`;
  return `${input}.${(await key.sign(Buffer.from(input))).toString('base64url')}`;
};
const x5c = [pair.authentication.certificate.toString('base64')];
const header = { alg: 'ES256', typ: 'care-sign-in+jwt', x5c };

test('what a card signed is read, with who signed it', async () => {
  const read = readStatement(await signStatement(pair.authentication, said));
  expect(read).toMatchObject({ said, by: { careId: '555123456789', use: 'authentication' } });
  expect(read?.certificate).toEqual(pair.authentication.certificate);
});

test.each([
  ['another’s certificate', async () => signed({ ...header, x5c: [(await aPair()).authentication.certificate.toString('base64')] }, said)],
  ['the other key of the card', async () => signed({ ...header, x5c: [pair.signing.certificate.toString('base64')] }, said, pair.signing)],
  ['no signature wanted', async () => `${encoded({ ...header, alg: 'none' })}.${encoded(said)}.`],
  ['a shared secret for an algorithm', async () => signed({ ...header, alg: 'HS256' }, said)],
  ['a key of its own choosing', async () => signed({ ...header, jwk: {} }, said)],
  ['an address for the key', async () => signed({ ...header, jku: 'https://evil.example' }, said)],
  ['a critical extension', async () => signed({ ...header, crit: ['b64'], b64: false }, said)],
  ['no certificate', async () => signed({ alg: 'ES256', typ: header.typ }, said)],
  ['two certificates', async () => signed({ ...header, x5c: [...x5c, ...x5c] }, said)],
  ['the type of another purpose', async () => signed({ ...header, typ: 'care-unlock+jwt' }, said)],
  ['a claim more', async () => signed(header, { ...said, admin: true })],
  ['a claim less', async () => signed(header, { ...said, nonce: undefined })],
  ['an altered claim', async () => (await signed(header, said)).replace(encoded(said), encoded({ ...said, card: 'S-2' }))],
  ['no JWS', async () => 'a.b.c'],
  ['a part too many', async () => `${await signed(header, said)}.x`],
  ['nothing', async () => ''],
])('it is not read: %s', async (_name, make) => {
  expect(readStatement(await make())).toBeNull();
});

test('a secret opens with its key, as what it was sealed as, and unaltered', () => {
  const [key, secret] = [randomBytes(32), randomBytes(40)];
  const sealed = sealSecret(key, 'card S-1', secret);
  expect(openSecret(key, 'card S-1', `${sealed}\n`)).toEqual(secret);
  expect(sealSecret(key, 'card S-1', secret)).not.toBe(sealed);
  expect(() => openSecret(randomBytes(32), 'card S-1', sealed)).toThrow('does not open');
  expect(() => openSecret(key, 'card S-2', sealed)).toThrow('does not open');
  expect(() => openSecret(key, 'card S-1', `${sealed.slice(0, -4)}AAAA`)).toThrow('does not open');
  expect(() => openSecret(key, 'card S-1', 'v2.AAAA')).toThrow('no v1');
});
