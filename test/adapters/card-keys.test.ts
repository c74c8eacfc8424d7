import { randomBytes } from 'node:crypto';
import { X509Certificate } from 'node:crypto';
import { cardAuthorityFrom } from '../../adapters/card-keys.ts';
import { createIssuing, createRoot, devPolicy } from '../../adapters/certificate-authority.ts';
import { sealSecret } from '../../adapters/certificate/sealing.ts';
import { newSigner } from '../../adapters/certificate/signer.ts';
import { aFolder, at } from '../support/authority.ts';

const folder = aFolder();
const key = randomBytes(32);

/** Files as the ceremony leaves them. */
async function filesOf(policy: string) {
  const root = await createRoot(newSigner('P-256').signer, { name: 'Root', from: at, years: 20 });
  const { signer, pkcs8 } = newSigner('P-256');
  const issuing = await createIssuing(root, signer, {
    name: 'Issuing',
    from: at,
    years: 10,
    policy,
    rootCrlUrl: 'http://localhost:1/root.crl',
  });
  const name = randomBytes(4).toString('hex');
  return {
    CA_ISSUING_FILE: folder.write(`${name}.pem`, new X509Certificate(issuing.certificate).toString()),
    CA_ISSUING_KEY_FILE: folder.write(`${name}.key`, sealSecret(key, 'issuing-key', pkcs8)),
  };
}

const settings = {
  ENVIRONMENT: 'production' as const,
  CA_KEY: key,
  CERTIFICATE_POLICY: '1.2.3',
  CERTIFICATE_LIFETIME_DAYS: 730,
  AUTHENTICATION_URL: 'https://sign-in.example',
};

test('the authority of the settings signs, and says where its lists are', async () => {
  const { terms, isDev, issuing } = await cardAuthorityFrom({ ...settings, ...(await filesOf('1.2.3')) });
  expect(isDev).toBe(false);
  expect(terms).toEqual({
    lifetimeDays: 730,
    policy: '1.2.3',
    crlUrl: 'https://sign-in.example/pki/issuing.crl',
    ocspUrl: 'https://sign-in.example/pki/ocsp',
  });
  expect(await issuing.signer.sign(Buffer.from('words'))).toHaveLength(64);
});

test('production issues nothing by an authority of dev', async () => {
  const files = await filesOf(devPolicy);
  await expect(cardAuthorityFrom({ ...settings, ...files })).rejects.toThrow('authority of dev');
  expect((await cardAuthorityFrom({ ...settings, ...files, ENVIRONMENT: 'dev' })).isDev).toBe(true);
});

test.each([
  ['the key of another authority', async () => ({ CA_ISSUING_KEY_FILE: (await filesOf('1.2.3')).CA_ISSUING_KEY_FILE }), 'is not that of'],
  ['another sealing key', async () => ({ CA_KEY: randomBytes(32) }), 'does not open'],
  ['no key at all', async () => ({ CA_KEY: undefined }), 'CA_ISSUING_KEY_FILE and CA_KEY are needed'],
  [
    'a module without a PIN',
    async () => ({ PKCS11_MODULE: '/usr/lib/softhsm/libsofthsm2.so', PKCS11_TOKEN: 'care' }),
    'PKCS11_PIN are needed',
  ],
])('it does not start with %s', async (_name, wrong, words) => {
  await expect(cardAuthorityFrom({ ...settings, ...(await filesOf('1.2.3')), ...(await wrong()) })).rejects.toThrow(words);
});
