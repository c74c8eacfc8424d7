import { randomBytes } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CompactSign } from 'jose';
import { loadModels, type Models } from '../../authentication/sign-in/attestation.ts';
import { checkAttestation } from '../../authentication/sign-in/web-authn.ts';
import { aMaker, anAaguid, aRegistration, type Maker, type Making } from '../support/attestation.ts';

const origin = 'https://sign-in.example';
const settings = {
  ENVIRONMENT: 'production',
  AUTHENTICATION_URL: origin,
  LEVEL_SMARTCARD: 3,
  LEVEL_SECURITY_KEY: 3,
  LEVEL_BIOMETRICS: 3,
  LEVEL_PASSKEY: 2,
  LEVEL_PASSWORD_TOTP: 2,
};
const listed = anAaguid();
let elm: Maker;
let models: Models;
beforeAll(async () => {
  elm = await aMaker();
  models = await modelsOf([{ aaguid: listed.toUpperCase(), description: 'Elm key', level: 3, roots: [elm.root.toString('base64')] }]);
});

async function aFile(text: string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'care-models-')), 'file');
  await writeFile(path, text);
  return path;
}
const modelsOf = async (list: unknown) => loadModels({ AUTHENTICATOR_MODELS_FILE: await aFile(JSON.stringify(list)) });
const register = async (making: Omit<Making, 'origin' | 'challenge'>, known = models) => {
  const challenge = randomBytes(32).toString('base64url');
  const response = await aRegistration({ origin, challenge, ...making });
  return checkAttestation({ settings: settings as never, models: known }, response, challenge);
};

test('a model that is listed, signed for by its maker, has the level of the list', async () => {
  expect(await register({ aaguid: listed, by: elm })).toMatchObject({ kind: 'security-key', level: 3, isAttested: true });
});

test('one that only says it is that model is not: whoever signs, if it is not the maker', async () => {
  const imposter = await aMaker();
  for (const by of ['nobody', 'itself', imposter] as const)
    expect(await register({ aaguid: listed, by })).toMatchObject({ level: 2, isAttested: false });
});

test('nor one of a model that is not listed, though a maker we know signed for it', async () => {
  expect(await register({ aaguid: anAaguid(), by: elm })).toMatchObject({ level: 2, isAttested: false });
});

test('what can be copied to other devices is a passkey of level 2, whoever signed for it; a device of its own is biometrics', async () => {
  expect(await register({ aaguid: listed, by: elm, canSync: true })).toMatchObject({ kind: 'passkey', level: 2 });
  expect(await register({ aaguid: listed, by: elm, attachment: 'platform' })).toMatchObject({ kind: 'biometrics', level: 3 });
});

test('a signature under another key than the certificate’s is refused', async () => {
  const other = await aMaker();
  await expect(register({ aaguid: listed, by: { ...elm, keys: other.keys } })).rejects.toMatchObject({ reason: 'NOT_PROVED' });
});

test('in dev what nobody signed for is level 3, unless a setting says otherwise', async () => {
  const challenge = randomBytes(32).toString('base64url');
  const response = await aRegistration({ origin, challenge, aaguid: listed, by: 'nobody' });
  const dev = { ...settings, ENVIRONMENT: 'dev' } as never;
  expect(await checkAttestation({ settings: dev, models }, response, challenge)).toMatchObject({ level: 3, isAttested: false });
  const strict = { ...settings, ENVIRONMENT: 'dev', LEVEL_UNATTESTED: 2 } as never;
  expect(await checkAttestation({ settings: strict, models }, response, challenge)).toMatchObject({ level: 2 });
});

describe('the FIDO metadata file', () => {
  const aModel = { aaguid: listed, description: 'Elm key', level: 3 };
  let alliance: Maker;
  beforeAll(async () => void (alliance = await aMaker()));

  async function load(statuses: string[], signer = alliance): Promise<Models> {
    const metadataStatement = { attestationRootCertificates: [elm.root.toString('base64')] };
    const entries = [{ aaguid: listed, metadataStatement, statusReports: statuses.map((status) => ({ status })) }];
    const header = { alg: 'ES256', x5c: [signer.leaf.toString('base64')] };
    const blob = await new CompactSign(Buffer.from(JSON.stringify({ entries }))).setProtectedHeader(header).sign(signer.keys.privateKey);
    return loadModels({
      AUTHENTICATOR_MODELS_FILE: await aFile(JSON.stringify([aModel])),
      FIDO_METADATA_FILE: await aFile(blob),
      FIDO_METADATA_ROOT_FILE: await aFile(alliance.root.toString('pem')),
    });
  }

  test('says who signs for a model of the list', async () => {
    expect(await register({ aaguid: listed, by: elm }, await load(['FIDO_CERTIFIED_L2']))).toMatchObject({ level: 3 });
    expect(await register({ aaguid: listed, by: elm }, await modelsOf([aModel]))).toMatchObject({ level: 2 });
  });

  test.each(['REVOKED', 'ATTESTATION_KEY_COMPROMISE', 'USER_VERIFICATION_BYPASS'])(
    'a model with status %s is not strong',
    async (status) => {
      expect(await register({ aaguid: listed, by: elm }, await load(['FIDO_CERTIFIED', status]))).toMatchObject({ level: 2 });
    },
  );

  test('is not taken from anybody else', async () => {
    await expect(load([], await aMaker())).rejects.toThrow('not signed by an authority we know');
  });
});
