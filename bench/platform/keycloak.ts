/** Keycloak in production mode, on the same PostgreSQL in a database of its own, with people who signed in by its own page. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { type Service, startChild } from '../../dev/services/child.ts';
import { freePort } from '../../dev/services/ports.ts';
import { cacheFolder, findProgram } from '../../dev/tools.mjs';
import { anHttpBrowser } from '../../test/support/http-browser.ts';
import type { System } from '../system.ts';
import type { Platform, SignedIn } from './operations.ts';

const version = '26.4.5';
const artifact = `org.keycloak:keycloak-quarkus-dist:${version}:zip`;
const admin = { username: 'bench-admin', password: 'bench-admin' };
const password = 'Rosa-Marsh-1';
const client = {
  id: 'bench',
  secret: 'a-secret-of-this-run-alone-0123456789',
  redirectUri: 'http://localhost:1/callback',
  scope: 'openid profile email roles',
};

/** From Maven, kept between runs. @throws {Error} without Java or Maven */
function installed(): string {
  const folder = join(cacheFolder, `keycloak-${version}`);
  if (existsSync(folder)) return folder;
  for (const program of ['java', 'mvn', 'unzip'])
    if (!findProgram(program)) throw new Error(`${program} is not installed: Keycloak needs it`);
  const fresh = `${folder}.${process.pid}`;
  mkdirSync(fresh, { recursive: true });
  const copy = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy';
  execFileSync('mvn', ['-q', '-B', copy, `-Dartifact=${artifact}`, `-DoutputDirectory=${fresh}`], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  execFileSync('unzip', ['-q', `keycloak-quarkus-dist-${version}.zip`], { cwd: fresh });
  renameSync(join(fresh, `keycloak-${version}`), folder);
  rmSync(fresh, { recursive: true });
  return folder;
}

export async function startKeycloak({ folder, places, say }: System, people: number): Promise<{ service: Service; platform: Platform }> {
  const home = installed();
  const database = new URL(places.database);
  await withDatabase(database, 'create database keycloak');
  const [port, managementPort] = [await freePort(), await freePort()];
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    JAVA_HOME: process.env['JAVA_HOME'],
    KC_DB: 'postgres',
    KC_DB_URL: `jdbc:postgresql://${database.host}/keycloak`,
    KC_DB_USERNAME: database.username,
    KC_DB_PASSWORD: database.password,
    KC_HTTP_ENABLED: 'true',
    KC_HTTP_HOST: '127.0.0.1',
    KC_HTTP_PORT: String(port),
    KC_HTTP_MANAGEMENT_PORT: String(managementPort),
    KC_HEALTH_ENABLED: 'true',
    KC_HOSTNAME: `http://localhost:${port}`,
    KC_CACHE: 'local',
    KC_BOOTSTRAP_ADMIN_USERNAME: admin.username,
    KC_BOOTSTRAP_ADMIN_PASSWORD: admin.password,
  };
  const url = `http://localhost:${port}`;
  say('Keycloak is being built and started');
  const service = await startChild({
    name: 'keycloak',
    command: join(home, 'bin/kc.sh'),
    args: ['start'],
    env,
    url,
    logFile: join(folder, 'keycloak.log'),
    readyWithinMs: 300_000,
    isReady: async () => (await fetch(`http://127.0.0.1:${managementPort}/health/ready`, { signal: AbortSignal.timeout(2000) })).ok,
  });
  try {
    await makeRealm(url, people);
    const at = `${url}/realms/bench/protocol/openid-connect`;
    const signedIn: SignedIn[] = [];
    for (let n = 0; n < people; n++) signedIn.push(await signIn(`${at}/auth`, n));
    const platform = {
      name: `Keycloak ${version}`,
      pids: () => treeOf(service.pid),
      endpoints: { authorization: `${at}/auth`, token: `${at}/token`, userinfo: `${at}/userinfo`, introspection: `${at}/token/introspect` },
      client,
      people: signedIn,
      checkClaims(claims: Record<string, unknown>) {
        if (claims['family_name'] !== 'Marsh') throw new Error('Keycloak: no name');
      },
    };
    return { service, platform };
  } catch (error) {
    await service.stop();
    throw error;
  }
}

async function withDatabase(url: URL, sql: string): Promise<void> {
  const connection = new Client(url.href);
  await connection.connect();
  await connection.query(sql).finally(() => connection.end());
}

/** The script that starts it stays as its parent. Linux only, as what the processor was used for is. */
function treeOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').map(Number).filter(Boolean);
  return [pid, ...children.flatMap(treeOf)];
}

const nameOf = (n: number) => `rosa-${n}`;

/** People with a password, a role each, and one client for everything that is measured. Keycloak's other settings are its own. */
async function makeRealm(url: string, people: number): Promise<void> {
  const asked = await fetch(`${url}/realms/master/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'password', client_id: 'admin-cli', ...admin }),
  });
  const { access_token } = (await asked.json()) as { access_token: string };
  const realm = {
    realm: 'bench',
    enabled: true,
    sslRequired: 'none',
    defaultSignatureAlgorithm: 'RS256',
    // A session as long as ours: nobody is signed out in the middle.
    ssoSessionIdleTimeout: 14_400,
    ssoSessionMaxLifespan: 46_800,
    roles: { realm: [{ name: 'clinician' }] },
    clients: [
      {
        clientId: client.id,
        secret: client.secret,
        publicClient: false,
        standardFlowEnabled: true,
        serviceAccountsEnabled: true,
        redirectUris: [client.redirectUri],
        attributes: { 'pkce.code.challenge.method': 'S256' },
      },
    ],
    users: Array.from({ length: people }, (_, n) => ({
      username: nameOf(n),
      enabled: true,
      emailVerified: true,
      email: `${nameOf(n)}@example.org`,
      firstName: 'Rosa',
      lastName: 'Marsh',
      credentials: [{ type: 'password', value: password, temporary: false }],
      realmRoles: ['clinician'],
    })),
  };
  const made = await fetch(`${url}/admin/realms`, {
    method: 'POST',
    headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
    body: JSON.stringify(realm),
  });
  if (made.status !== 201) throw new Error(`Keycloak made no realm: ${made.status} ${await made.text()}`);
}

async function signIn(authorization: string, n: number): Promise<SignedIn> {
  const browser = anHttpBrowser({ stopAt: client.redirectUri });
  const verifier = 'v'.repeat(43);
  const query = new URLSearchParams({
    client_id: client.id,
    redirect_uri: client.redirectUri,
    response_type: 'code',
    scope: client.scope,
    code_challenge: 'GHGqJsLNBb2JbHWb1oXxNw4kZRSzdJ0rmGEiVTYqBKo',
    code_challenge_method: 'S256',
    nonce: verifier,
  });
  const page = await browser.get(`${authorization}?${query.toString()}`);
  const action = /action="([^"]+)"/.exec(page.text)?.[1]?.replaceAll('&amp;', '&');
  if (!action) throw new Error(`Keycloak showed no form: ${page.status} ${page.title}`);
  const back = await browser.post(action, { username: nameOf(n), password });
  if (!back.url.startsWith(client.redirectUri)) throw new Error(`Keycloak let ${nameOf(n)} not in: ${back.title}`);
  const jar = browser.cookies().filter(({ path }) => path === '/realms/bench/');
  const token = jar.find(({ name }) => name === 'KEYCLOAK_IDENTITY')?.value ?? '';
  const { sub } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sub: string };
  return { sub, cookie: jar.map(({ name, value }) => `${name}=${value}`).join('; ') };
}
