/**
 * The ceremonies of the certificate authority, on a machine that is not the server:
 *
 *   node dev/ca-ceremony.ts authority --offline <folder> --server <folder> --authentication-url <url> [--policy <oid>] [--name <name>]
 *     makes the root, an issuing authority, its revocation list, and the keys that speak to agents
 *   node dev/ca-ceremony.ts root-list --offline <folder> --server <folder> [--revoke <serial of an issuing authority>]
 *     signs the root's revocation list again
 *   node dev/ca-ceremony.ts clients --server <folder> --web-url <url>
 *     makes the keys of our own pages and API, and lists both in clients.json beside the systems that it lists already
 *   node dev/ca-ceremony.ts origins --offline <folder> --out <folder> (--server <folder> --web-url <url> --authentication-url <url> | --sites <json file>)
 *     signs the list of sites that agents let ask (ours, or those of a file), and writes its public key beside it; with --environment dev
 *     these sites may use software cards
 *
 * ROOT_PASSPHRASE protects the root's key; CA_KEY (32 bytes in base64) seals the issuing key, or PKCS11_MODULE, PKCS11_TOKEN and PKCS11_PIN
 * say where it is made instead. Without --policy it is an authority of development, which production refuses.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { JWK } from 'jose';
import { z } from 'zod';
import { devPolicy } from '../adapters/certificate-authority.ts';
import { performCeremony, writeRootList } from '../adapters/certificate/authority-files.ts';
import { openPkcs11Signer } from '../adapters/certificate/pkcs11-signer.ts';
import { signOriginList } from '../adapters/origin-list.ts';
import { authenticationSettings, issuerOf } from '../authentication/settings.ts';
import { environments, jwk, type ListedOrigin, listedOrigin } from '../domain/agent-protocol.ts';
import { writeOwnClients } from './own-clients.ts';

const curve = 'P-384';
const years = { root: 20, issuing: 10 };
const backdatedMs = 60_000;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    offline: { type: 'string' },
    server: { type: 'string' },
    out: { type: 'string' },
    sites: { type: 'string' },
    revoke: { type: 'string', multiple: true, default: [] },
    policy: { type: 'string', default: devPolicy },
    name: { type: 'string', default: 'Care Identity' },
    'authentication-url': { type: 'string' },
    'web-url': { type: 'string' },
    environment: { type: 'string', default: 'production' },
  },
});

const given = (name: 'offline' | 'server' | 'out' | 'authentication-url' | 'web-url') =>
  z
    .string({ error: `--${name} is needed` })
    .min(1)
    .parse(values[name]);
const originOf = (name: 'authentication-url' | 'web-url') => new URL(z.url().parse(given(name))).origin;
const environment = (name: string) =>
  z
    .string({ error: `${name} is needed` })
    .min(1)
    .parse(process.env[name]);

async function makeAuthority(): Promise<void> {
  const from = new Date(Date.now() - backdatedMs);
  const { policy, name } = values;
  const hardware = process.env['PKCS11_MODULE'] === undefined ? null : await keyInHardware();
  await performCeremony({
    offline: given('offline'),
    server: given('server'),
    passphrase: environment('ROOT_PASSPHRASE'),
    curve,
    root: { name: `${name} Root`, from, years: years.root },
    issuing: { name: `${name} SubCA01`, from, years: years.issuing },
    policy,
    rootCrlUrl: `${originOf('authentication-url')}/pki/root.crl`,
    issuingKey: hardware ? { signer: hardware } : { sealedBy: sealingKey() },
  });
  hardware?.close();
  console.info(`Made. Take ${given('offline')} away, and keep it and the passphrase apart.`);
}

function sealingKey(): Buffer {
  const key = Buffer.from(environment('CA_KEY'), 'base64');
  if (key.length !== 32) throw new Error('CA_KEY is 32 bytes in base64');
  return key;
}

const keyInHardware = () =>
  openPkcs11Signer(
    {
      library: environment('PKCS11_MODULE'),
      tokenLabel: environment('PKCS11_TOKEN'),
      pin: environment('PKCS11_PIN'),
      label: 'care-issuing',
    },
    curve,
  );

async function signRootList(): Promise<void> {
  const revoked = values.revoke.map((serial) => ({ serial, at: new Date(), reason: 'cessation-of-operation' as const }));
  await writeRootList({ offline: given('offline'), server: given('server'), passphrase: environment('ROOT_PASSPHRASE') }, revoked);
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

/** The pages of this service and of its sign-in, and the keys that both speak to agents with. */
function ownSites(): ListedOrigin[] {
  const [web, authentication] = [originOf('web-url'), originOf('authentication-url')];
  const publicKey = (name: string) => jwk.parse(readJson(join(given('server'), name)));
  const ISSUER_PATH = authenticationSettings.shape.ISSUER_PATH.parse(process.env['ISSUER_PATH']);
  const known = {
    issuer: issuerOf({ AUTHENTICATION_URL: authentication, ISSUER_PATH }),
    orderKeys: [publicKey('order.jwk')],
    sealingKey: publicKey('sealing.jwk'),
  };
  return [
    { ...known, origin: web, name: values.name, operations: ['prepare', 'order'] },
    { ...known, origin: authentication, name: `${values.name} sign-in`, operations: ['sign-in', 'order'] },
  ];
}

async function signOrigins(): Promise<void> {
  const sites = values.sites === undefined ? ownSites() : z.array(listedOrigin).parse(readJson(values.sites));
  const key = readJson(join(given('offline'), 'origins.jwk')) as JWK;
  const of = z.enum(environments, '--environment is production or dev').parse(values.environment);
  mkdirSync(given('out'), { recursive: true });
  writeFileSync(join(given('out'), 'origins.jws'), await signOriginList(key, sites, { environment: of }));
  writeFileSync(join(given('out'), 'origins.public.jwk'), JSON.stringify(jwk.parse(key)));
}

const ceremonies: Record<string, () => Promise<void>> = {
  authority: makeAuthority,
  'root-list': signRootList,
  clients: () => writeOwnClients(given('server'), originOf('web-url')),
  origins: signOrigins,
};
const ceremony = ceremonies[positionals[0] ?? ''];
if (ceremony) await ceremony();
else {
  console.error(`Say which ceremony: ${Object.keys(ceremonies).join(', ')}`);
  process.exitCode = 1;
}
