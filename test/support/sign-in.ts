/** The authentication service, a system that relies on it, and cards: each a real process, with a database of this jest worker. */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MikroORM } from '@mikro-orm/postgresql';
import { type Authority, devPolicy, issueCardCertificates } from '../../adapters/certificate-authority.ts';
import { createDrawer, type Drawer } from '../../agent/drivers/software.ts';
import { signStatement } from '../../agent/signed.ts';
import { CertificateRow, keyHashOf } from '../../db/smartcard/certificate.ts';
import { findPerson } from '../../db/person/person.ts';
import { SmartcardRow } from '../../db/smartcard/smartcard.ts';
import type { Statement } from '../../domain/agent-protocol.ts';
import { devAuthority, writeOrigins } from '../../dev/demo/authority.ts';
import { writeClients } from '../../dev/demo/clients.ts';
import { freePort } from '../../dev/services/ports.ts';
import { startProcess } from '../../dev/services/processes.ts';
import type { Service } from '../../dev/services/child.ts';
import { databaseUrl } from './admin.mjs';
import { pem } from './authority.ts';
import { databaseOfThisWorker } from './database.ts';
import type { HttpBrowser, Seen } from './http-browser.ts';

const entry = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
export const passcode = '274951';
export const internalToken = randomBytes(32).toString('base64url');

/** A Redis of this jest worker's own, so that a test may empty it. */
export const redisUrl = () => `${process.env['TEST_REDIS_URL']!}/${process.env['JEST_WORKER_ID']!}`;

export async function startSignIn(settings: Record<string, string> = {}) {
  const orm = await databaseOfThisWorker();
  const folder = await mkdtemp(join(tmpdir(), 'care-sign-in-'));
  const [authentication, web, relyingParty, agent] = (await Promise.all(
    [1, 2, 3, 4].map(async () => `http://localhost:${await freePort()}`),
  )) as [string, string, string, string];
  const issuer = `${authentication}/openam/oauth2/realms/root/realms/NHSIdentity/realms/Healthcare`;
  const authority = await devAuthority(join(folder, 'authority'), randomBytes(32).toString('base64'), authentication);
  const origins = await writeOrigins(
    join(folder, 'authority'),
    [{ origin: authentication, name: 'Care Identity (test)', operations: ['sign-in'] }],
    issuer,
  );
  const clients = await writeClients(join(folder, 'clients'), { web, relyingParty });
  const stopped: Service[] = [];
  const start = async (name: string, path: string, url: string, ready: string, env: Record<string, string>) => {
    const logFile = join(folder, `${name}.log`);
    const common = { PATH: process.env['PATH']!, ISSUER: issuer, ENVIRONMENT: 'dev' };
    const service = await startProcess({ name, entry: entry(path), logFile, ready: `${url}${ready}`, env: { ...common, ...env } });
    stopped.push(service);
    return { ...service, logFile };
  };
  const database = databaseUrl(`${process.env['TEST_TEMPLATE']}_${process.env['JEST_WORKER_ID']}`);
  const environment: Record<string, string> = {
    DATABASE_URL: database,
    REDIS_URL: redisUrl(),
    AUTHENTICATION_URL: authentication,
    AUTHENTICATION_PORT: new URL(authentication).port,
    // The same in every test file: they share a database, where the signing key is sealed with it.
    AUTHENTICATION_KEY: Buffer.alloc(32, 7).toString('base64'),
    AUTHENTICATION_CLIENTS: clients.file,
    INTERNAL_TOKEN: internalToken,
    CALLS_LOOPBACK: 'true',
    AGENT_URL: agent,
    WEB_URL: web,
    ...authority.environment,
    ...settings,
  };
  const drawer = join(folder, 'drawer');
  const sessionKey = randomBytes(32);
  const processes = {
    authentication: () => start('authentication', 'authentication/server.ts', authentication, '/ready', environment),
    relyingParty: () =>
      start('relying-party', 'dev/relying-party.ts', relyingParty, '/health', {
        RELYING_PARTY_PORT: new URL(relyingParty).port,
        RELYING_PARTY_URL: relyingParty,
        RELYING_PARTY_CLIENT_KEY_FILE: clients.relyingPartyKey,
      }),
    web: () =>
      start('web', 'web/server.ts', web, '/ready', {
        ...environment,
        WEB_URL: web,
        WEB_PORT: new URL(web).port,
        WEB_CLIENT_KEY_FILE: clients.webKey,
        SESSION_KEY: sessionKey.toString('base64'),
        TEMPORAL_ADDRESS: process.env['TEST_TEMPORAL_ADDRESS']!,
        PAYLOAD_KEY: randomBytes(32).toString('base64'),
        PHOTO_KEY: randomBytes(32).toString('base64'),
        CARD_SECRETS_KEY: randomBytes(32).toString('base64'),
      }),
    agent: () =>
      start('agent', 'agent/agent.ts', agent, '/', {
        AGENT_PORT: new URL(agent).port,
        AGENT_DRIVER: 'software',
        AGENT_DRAWER: drawer,
        ...origins,
      }),
  };
  return {
    orm,
    urls: { authentication, web, relyingParty, agent },
    issuer,
    clients,
    sessionKey,
    environment,
    processes,
    folder,
    drawer: createDrawer(drawer),
    aCard: (person: string, given: CardGiven = {}) =>
      aCard({ orm, drawer: createDrawer(drawer), issuing: authority.issuing }, person, given),
    async stop(): Promise<void> {
      for (const service of stopped.toReversed()) await service.stop();
      await orm.close();
    },
  };
}

interface CardGiven {
  /** When it was made. */
  at?: Date;
  lifetimeDays?: number;
  policy?: string;
  state?: SmartcardRow['state'];
  /** Of its certificates. */
  certificates?: CertificateRow['state'];
}

interface Making {
  orm: MikroORM;
  drawer: Drawer;
  issuing: Authority;
}

/** A card made as the real ones are, in the first reader. */
async function aCard({ orm, drawer, issuing }: Making, person: string, given: CardGiven) {
  const { at = new Date(), lifetimeDays = 730, policy = devPolicy, state = 'active', certificates = 'confirmed' } = given;
  const em = orm.em.fork();
  const { careId, organisation } = await findPerson(em, person);
  const id = randomUUID();
  const [puk, managementKey] = ['12345678', randomBytes(24).toString('hex')];
  const serial = await drawer.addBlank();
  await drawer.put(serial, 'Reader 1');
  await drawer.setUp(serial, { puk, managementKey });
  const access = { case: id, managementKey };
  const keys = await drawer.makeKeys(serial, access);
  const publicKeys = { authentication: keys.authentication.publicKey, signing: keys.signing.publicKey };
  const terms = { lifetimeDays, policy, crlUrl: 'http://localhost:1/crl', ocspUrl: 'http://localhost:1/ocsp' };
  const issued = await issueCardCertificates(issuing, terms, { careId, publicKeys, at });
  await em.insert(SmartcardRow, { id, serial, person, organisation, state, issuedAt: at, createdAt: at });
  for (const kind of ['authentication', 'signing'] as const) {
    const { certificate, ...each } = issued[kind];
    const revoked = certificates === 'revoked' ? { revokedAt: new Date(), reason: 'superseded' as const } : {};
    const row = {
      serial: each.serial,
      smartcard: id,
      person,
      kind,
      pem: pem(certificate),
      notBefore: each.notBefore,
      notAfter: each.notAfter,
    };
    await em.insert(CertificateRow, { ...row, keyHash: keyHashOf(row.pem), state: certificates, caseId: id, isDev: true, ...revoked });
  }
  await drawer.writeCertificates(serial, access, {
    authentication: issued.authentication.certificate,
    signing: issued.signing.certificate,
  });
  await drawer.setPasscode(serial, { puk, passcode });
  return { id, serial, careId, certificate: issued.authentication.serial };
}

export type SignInService = Awaited<ReturnType<typeof startSignIn>>;
export type TestCard = Awaited<ReturnType<SignInService['aCard']>>;
/** Of a card made here the passcode is that of every test. */
export type UsedCard = Pick<TestCard, 'serial'> & { passcode?: string };

/** What the page's script does with a card: asks for a challenge, has the card sign it, sends that. @param changed what the card says, if not the truth */
export async function useCard(
  service: SignInService,
  browser: HttpBrowser,
  { card, page, changed = {} }: { card: UsedCard; page: Seen; changed?: Partial<Statement> },
): Promise<Seen> {
  const { body } = await browser.json(`${page.url}/card/challenge`);
  return sendStatement(browser, page, await sign(service, card, { nonce: body['nonce']!, ...changed }));
}

export const sendStatement = (browser: HttpBrowser, page: Seen, statement: string): Promise<Seen> =>
  browser.post(`${page.url}/card`, { statement });

export async function sign(
  { drawer, urls, issuer }: SignInService,
  card: UsedCard,
  said: Partial<Statement> & { nonce: string },
): Promise<string> {
  await drawer.put(card.serial, 'Reader 1');
  const pair = await drawer.open(card.serial, card.passcode ?? passcode);
  const by = { card: card.serial, driver: 'software' } as const;
  const claims = { purpose: 'sign-in', use: 'authentication', origin: urls.authentication, aud: issuer, ...by } as const;
  return signStatement(pair[said.use ?? 'authentication'], { ...claims, iat: Math.floor(Date.now() / 1000), ...said });
}

/** From the demonstration system to the page that asks how to sign in. */
export const toSignInPage = ({ urls }: SignInService, browser: HttpBrowser): Promise<Seen> => browser.get(`${urls.relyingParty}/sign-in`);

/** In one go, terms included. @param at where to ask to be let in @returns the page that the system shows */
export async function signInWithCard(
  service: SignInService,
  browser: HttpBrowser,
  card: TestCard,
  at = `${service.urls.relyingParty}/sign-in`,
): Promise<Seen> {
  const asked = await useCard(service, browser, { card, page: await browser.get(at) });
  return asked.title === 'Terms of use' ? acceptTerms(browser, asked) : asked;
}

export const acceptTerms = (browser: HttpBrowser, page: Seen, version = '1'): Promise<Seen> =>
  browser.post(`${page.url}/terms`, { accept: 'yes', version });
