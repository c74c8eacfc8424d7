/** The ceremony as it is run: by its command, in a process of its own. */
import { execFileSync } from 'node:child_process';
import { createPublicKey, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { createTrust, devPolicy, isDevCertificate, openSecret, signerOf } from '../../adapters/certificate-authority.ts';
import { readOriginList } from '../../agent/origins.ts';
import { client } from '../../domain/client.ts';
import { jwk } from '../../domain/agent-protocol.ts';
import { aFolder, openssl } from '../support/authority.ts';

const passphrase = 'correct horse battery';
const policy = '1.2.826.0.1275.101.0.3.1.1';
const library = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
  '/opt/homebrew/lib/softhsm/libsofthsm2.so',
].find((path) => existsSync(path));

const node = (parts: string[], env: Record<string, string>) => {
  const inherited = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };
  return execFileSync(process.execPath, parts, { env: { ...inherited, ...env }, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
};
const aCeremony = () => {
  const folder = aFolder();
  const [offline, server] = [folder.path('offline'), folder.path('server')];
  const folders = ['--offline', offline, '--server', server];
  const environment = { ROOT_PASSPHRASE: passphrase, CA_KEY: randomBytes(32).toString('base64') };
  const run = (what: string, more: string[] = [], env: Record<string, string> = {}) =>
    node(['dev/ca-ceremony.ts', what, ...folders, ...more], { ...environment, ...env });
  const makeAuthority = (more: string[] = [], env = {}) => run('authority', ['--authentication-url', 'https://auth.example', ...more], env);
  return { folder, run, makeAuthority, environment, at: (name: string) => join(server, name), away: (name: string) => join(offline, name) };
};

test('it makes a root that is encrypted and an issuing authority that the server can use', () => {
  const { makeAuthority, at, away, environment } = aCeremony();
  makeAuthority(['--policy', policy]);
  expect(openssl('verify', '-x509_strict', '-CAfile', at('root.pem'), at('issuing.pem')).text).toContain('OK');
  expect(openssl('crl', '-in', at('root.crl'), '-inform', 'DER', '-noout', '-verify', '-CAfile', at('root.pem')).isContent).toBe(true);
  expect(openssl('x509', '-in', at('issuing.pem'), '-noout', '-text').text).toMatch(/CA:TRUE, pathlen:0/);
  expect(readFileSync(away('root.key.pem'), 'utf8')).toContain('ENCRYPTED PRIVATE KEY');
  expect(openssl('pkey', '-in', away('root.key.pem'), '-passin', 'pass:wrong', '-noout').isContent).toBe(false);
  expect(openssl('pkey', '-in', away('root.key.pem'), '-passin', `pass:${passphrase}`, '-noout').isContent).toBe(true);
  const signer = signerOf(openSecret(Buffer.from(environment.CA_KEY, 'base64'), 'issuing-key', readFileSync(at('issuing.key'), 'utf8')));
  expect(derIn(at('issuing.pem')).includes(signer.publicKey)).toBe(true);
  expect(createTrust(derIn(at('root.pem')), [derIn(at('issuing.pem'))]).issuing).toHaveLength(1);
  expect(isDevCertificate(derIn(at('issuing.pem')))).toBe(false);
  for (const name of ['issuing.key', 'order.jwk', 'sealing.jwk']) expect(statSync(at(name)).mode & 0o077).toBe(0);
});

test('without a policy it is one of development', () => {
  const { makeAuthority, at } = aCeremony();
  makeAuthority();
  expect(isDevCertificate(derIn(at('issuing.pem')))).toBe(true);
  expect(openssl('x509', '-in', at('issuing.pem'), '-noout', '-text').text).toContain(devPolicy);
});

test('it overwrites nothing, and makes a second issuing authority under the same root', () => {
  const { makeAuthority, at, run } = aCeremony();
  makeAuthority();
  const first = readFileSync(at('issuing.pem'));
  expect(() => makeAuthority()).toThrow('already holds an issuing authority');
  expect(readFileSync(at('issuing.pem'))).toEqual(first);
  const second = at('../server-2');
  expect(() =>
    run('authority', ['--server', second, '--authentication-url', 'https://auth.example'], { ROOT_PASSPHRASE: 'not the passphrase' }),
  ).toThrow();
  run('authority', ['--server', second, '--authentication-url', 'https://auth.example']);
  expect(openssl('verify', '-CAfile', at('root.pem'), join(second, 'issuing.pem')).text).toContain('OK');
});

test('the root’s list is signed again, with the issuing authority that is revoked', () => {
  const { makeAuthority, at, run } = aCeremony();
  makeAuthority();
  const serial = openssl('x509', '-in', at('issuing.pem'), '-noout', '-serial').text.trim().replace('serial=', '');
  run('root-list', ['--revoke', serial]);
  expect(openssl('crl', '-in', at('root.crl'), '-inform', 'DER', '-noout', '-text').text).toContain(`Serial Number: ${serial}`);
});

test('without a file of sites it is our own two that are listed', async () => {
  const { makeAuthority, at, run, folder } = aCeremony();
  makeAuthority();
  run('origins', ['--web-url', 'https://web.example', '--authentication-url', 'https://auth.example', '--out', folder.path('out')]);
  const key = jwk.parse(JSON.parse(readFileSync(folder.path('out/origins.public.jwk'), 'utf8')));
  const { origins, environment: of } = await readOriginList(readFileSync(folder.path('out/origins.jws'), 'utf8'), key);
  expect(of).toBe('production');
  expect(origins.map(({ origin, operations }) => [origin, operations])).toEqual([
    ['https://web.example', ['prepare', 'order']],
    ['https://auth.example', ['sign-in', 'order']],
  ]);
  const sealing = jwk.parse(JSON.parse(readFileSync(at('sealing.jwk'), 'utf8')));
  for (const { issuer, sealingKey } of origins) {
    expect(issuer).toBe('https://auth.example/openam/oauth2/realms/root/realms/NHSIdentity/realms/Healthcare');
    expect(sealingKey).toEqual(sealing);
  }
});

test('the ceremonies make every key file that compose names, but for what is known of fraud', () => {
  const { makeAuthority, run, at } = aCeremony();
  makeAuthority(['--policy', policy]);
  run('clients', ['--web-url', 'https://web.example']);
  const compose = readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8');
  const named = [...compose.matchAll(/: \/keys\/([\w.-]+)$/gm)].map(([, name = '']) => name);
  expect(named.length).toBeGreaterThan(8);
  expect(named.filter((name) => !existsSync(at(name)))).toEqual(['fraud-own.tsv', 'fraud-independent.tsv']);
});

test('our own clients get keys that authentication knows, once; other systems stay listed', () => {
  const { at, run } = aCeremony();
  run('clients', ['--web-url', 'https://web.example']);
  const clients = z.array(client);
  const read = () => clients.parse(JSON.parse(readFileSync(at('clients.json'), 'utf8')));
  const [web, api] = read();
  expect(web?.redirect_uris).toEqual(['https://web.example/sign-in/callback']);
  for (const [registered, name] of [
    [web, 'web'],
    [api, 'api'],
  ] as const) {
    const { x, y } = createPublicKey(readFileSync(at(`${name}-client.pem`))).export({ format: 'jwk' });
    expect(registered?.jwks?.keys).toEqual([expect.objectContaining({ x, y, kid: name })]);
    expect(statSync(at(`${name}-client.pem`)).mode & 0o077).toBe(0);
  }
  expect(readFileSync(at('clients.json'), 'utf8')).not.toContain('"d"');
  const other = {
    client_id: 'ward-system',
    client_name: 'Ward system',
    client_secret: 's'.repeat(32),
    token_endpoint_auth_method: 'client_secret_post',
  };
  writeFileSync(at('clients.json'), JSON.stringify([...(JSON.parse(readFileSync(at('clients.json'), 'utf8')) as object[]), other]));
  run('clients', ['--web-url', 'https://moved.example']);
  const [movedWeb, sameApi, ward] = read();
  expect(movedWeb).toMatchObject({ redirect_uris: ['https://moved.example/sign-in/callback'], jwks: web?.jwks });
  expect(sameApi).toEqual(api);
  expect(ward).toMatchObject(other);
});

test('the list of sites is one an agent believes', async () => {
  const { makeAuthority, at, away, run, folder } = aCeremony();
  makeAuthority();
  const readKey = (path: string) => jwk.parse(JSON.parse(readFileSync(path, 'utf8')));
  const keys = { orderKeys: [readKey(at('order.jwk'))], sealingKey: readKey(at('sealing.jwk')) };
  const sites = [
    { origin: 'https://auth.example', name: 'Care Identity', issuer: 'https://auth.example/oidc', operations: ['sign-in'], ...keys },
  ];
  run('origins', ['--sites', folder.write('sites.json', JSON.stringify(sites)), '--out', folder.path('out')]);
  const list = readFileSync(folder.path('out/origins.jws'), 'utf8');
  expect((await readOriginList(list, readKey(folder.path('out/origins.public.jwk')))).origins).toEqual(sites);
  expect(readKey(away('origins.jwk'))).toEqual(readKey(folder.path('out/origins.public.jwk')));
  expect(readFileSync(folder.path('out/origins.public.jwk'), 'utf8')).not.toContain('"d"');
});

if (library === undefined) console.warn('An issuing key in hardware is not tested: SoftHSM2 is not installed');
(library === undefined ? test.skip : test)('an issuing key made in a PKCS#11 module signs from there, and is in no file', () => {
  const { makeAuthority, at, folder } = aCeremony();
  mkdirSync(folder.path('tokens'));
  writeFileSync(
    folder.path('hsm.conf'),
    `directories.tokendir = ${folder.path('tokens')}\nobjectstore.backend = file\nlog.level = ERROR\n`,
  );
  const env = { SOFTHSM2_CONF: folder.path('hsm.conf'), PKCS11_MODULE: library ?? '', PKCS11_TOKEN: 'care-ca', PKCS11_PIN: 'a-long-pin' };
  execFileSync('softhsm2-util', ['--init-token', '--free', '--label', 'care-ca', '--so-pin', 'so-pin-1', '--pin', env.PKCS11_PIN], {
    env: { ...process.env, ...env },
  });
  makeAuthority([], env);
  expect(existsSync(at('issuing.key'))).toBe(false);
  expect(openssl('verify', '-CAfile', at('root.pem'), at('issuing.pem')).text).toContain('OK');
  const script = `
    import { generateKeyPairSync, X509Certificate } from 'node:crypto';
    import { readFileSync, writeFileSync } from 'node:fs';
    import { issueCardCertificates } from './adapters/certificate-authority.ts';
    import { openPkcs11Signer } from './adapters/certificate/pkcs11-signer.ts';
    const { PKCS11_MODULE: library, PKCS11_TOKEN: tokenLabel, PKCS11_PIN: pin } = process.env;
    const signer = await openPkcs11Signer({ library, tokenLabel, pin, label: 'care-issuing' });
    const certificate = new X509Certificate(readFileSync(${JSON.stringify(at('issuing.pem'))})).raw;
    const key = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'der' });
    const terms = { lifetimeDays: 700, policy: '${devPolicy}', crlUrl: 'http://localhost:1/c', ocspUrl: 'http://localhost:1/o' };
    const holder = { careId: '555123456789', publicKeys: { authentication: key(), signing: key() }, at: new Date() };
    const { signing } = await issueCardCertificates({ certificate, signer }, terms, holder);
    writeFileSync(${JSON.stringify(folder.path('leaf.pem'))}, new X509Certificate(signing.certificate).toString());
    signer.close();`;
  node(['--input-type=module-typescript', '-e', script], env);
  expect(openssl('verify', '-CAfile', at('root.pem'), '-untrusted', at('issuing.pem'), folder.path('leaf.pem')).text).toContain('OK');
});

const derIn = (path: string) => Buffer.from(readFileSync(path, 'utf8').replace(/-----[^-]+-----|\s/g, ''), 'base64');
