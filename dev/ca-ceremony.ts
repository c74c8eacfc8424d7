/**
 * The ceremonies of the certificate authority, on a machine that is not the server:
 *
 *   node dev/ca-ceremony.ts authority --offline <folder> --server <folder> --authentication-url <url> [--policy <oid>] [--name <name>]
 *     makes the root, an issuing authority, its revocation list, and the keys that speak to agents
 *   node dev/ca-ceremony.ts root-list --offline <folder> --server <folder> [--revoke <serial of an issuing authority>]
 *     signs the root's revocation list again
 *   node dev/ca-ceremony.ts origins --offline <folder> --sites <json file> --out <folder>
 *     signs the list of sites that agents let ask, and writes its public key beside it
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
import { jwk, listedOrigin } from '../domain/agent-protocol.ts';

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
  },
});

const given = (name: 'offline' | 'server' | 'out' | 'sites' | 'authentication-url') =>
  z
    .string({ error: `--${name} is needed` })
    .min(1)
    .parse(values[name]);
const environment = (name: string) =>
  z
    .string({ error: `${name} is needed` })
    .min(1)
    .parse(process.env[name]);

async function makeAuthority(): Promise<void> {
  const from = new Date(Date.now() - backdatedMs);
  const { policy, name } = values;
  const url = z.url().parse(given('authentication-url'));
  const hardware = process.env['PKCS11_MODULE'] === undefined ? null : await keyInHardware();
  await performCeremony({
    offline: given('offline'),
    server: given('server'),
    passphrase: environment('ROOT_PASSPHRASE'),
    curve,
    root: { name: `${name} Root`, from, years: years.root },
    issuing: { name: `${name} SubCA01`, from, years: years.issuing },
    policy,
    rootCrlUrl: `${url.replace(/\/$/, '')}/pki/root.crl`,
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

async function signOrigins(): Promise<void> {
  const sites = z.array(listedOrigin).parse(JSON.parse(readFileSync(given('sites'), 'utf8')));
  const key = JSON.parse(readFileSync(join(given('offline'), 'origins.jwk'), 'utf8')) as JWK;
  mkdirSync(given('out'), { recursive: true });
  writeFileSync(join(given('out'), 'origins.jws'), await signOriginList(key, sites));
  writeFileSync(join(given('out'), 'origins.public.jwk'), JSON.stringify(jwk.parse(key)));
}

const ceremonies: Record<string, () => Promise<void>> = { authority: makeAuthority, 'root-list': signRootList, origins: signOrigins };
const ceremony = ceremonies[positionals[0] ?? ''];
if (ceremony) await ceremony();
else {
  console.error(`Say which ceremony: ${Object.keys(ceremonies).join(', ')}`);
  process.exitCode = 1;
}
