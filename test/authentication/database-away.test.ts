/** PostgreSQL away for a while: who is signed in goes on, and the audit loses nothing. Redis emptied: people sign in again, and nothing else. */
import { createPrivateKey, webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import * as openid from 'openid-client';
import { Redis } from 'ioredis';
import { AuditRow } from '../../db/audit.ts';
import { databaseUrl } from '../support/admin.mjs';
import { anOrganisation, aPerson, aRoleProfile, type Organisation } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { aGate, type Gate } from '../support/gate.ts';
import { anHttpBrowser } from '../support/http-browser.ts';
import { aGmcNumber, aMembership } from '../support/professional-membership.ts';
import { redisUrl, type SignInService, signInWithCard, startSignIn, useCard } from '../support/sign-in.ts';

let service: SignInService;
let elm: Organisation;
let gate: Gate;
let configuration: openid.Configuration;
beforeAll(async () => {
  const database = new URL(databaseUrl(`${process.env['TEST_TEMPLATE']}_${process.env['JEST_WORKER_ID']}`));
  gate = await aGate({ host: database.hostname, port: Number(database.port || 5432) });
  database.hostname = '127.0.0.1';
  database.port = String(gate.port);
  service = await startSignIn({ DATABASE_URL: database.href });
  await Promise.all([service.processes.authentication(), service.processes.relyingParty()]);
  const der = createPrivateKey(readFileSync(service.clients.relyingPartyKey, 'utf8')).export({ type: 'pkcs8', format: 'der' });
  const key = await webcrypto.subtle.importKey('pkcs8', new Uint8Array(der), { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
  configuration = await openid.discovery(new URL(service.issuer), 'demo-clinical-system', {}, openid.PrivateKeyJwt(key), {
    execute: [openid.allowInsecureRequests],
  });
}, 60_000);
afterAll(async () => {
  await service.stop();
  await gate.close();
});
beforeEach(async () => void (elm = await anOrganisation(service.orm)));
afterEach(() => gate.open());

const callback = () => `${service.urls.relyingParty}/callback`;
const verifier = openid.randomPKCECodeVerifier();
const ready = async () => {
  const response = await fetch(`${service.urls.authentication}/ready`);
  return { ...((await response.json()) as object), status: response.status };
};

async function aHolder() {
  const person = await aPerson(service.orm, { named: 'Ada Lovelace', organisation: elm.code, termsVersion: 1 });
  await aRoleProfile(service.orm, { person, organisation: elm.code, jobRole: 'R8010' });
  return { person, card: await service.aCard(person) };
}
async function signIn() {
  const { person, card } = await aHolder();
  const browser = anHttpBrowser({ stopAt: callback() });
  const url = openid.buildAuthorizationUrl(configuration, {
    redirect_uri: callback(),
    scope: 'openid profile nationalrbacaccess professionalmemberships selectedrole',
    state: 's',
    nonce: 'n',
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const sent = await useCard(service, browser, { card, page: await browser.get(url.href) });
  const exchange = () =>
    openid.authorizationCodeGrant(configuration, new URL(sent.url), { pkceCodeVerifier: verifier, expectedState: 's', expectedNonce: 'n' });
  return { person, card, browser, exchange };
}

test('with PostgreSQL away systems are still told who is signed in, as it was known; the process stays ready and says what is away', async () => {
  const { person, card, exchange } = await signIn();
  const { access_token: token } = await exchange();
  const info = () => openid.fetchUserInfo(configuration, token, card.careId);
  const number = aGmcNumber();
  await aMembership(service.orm, { person, by: elm.agent, organisation: elm.code, body: 'gmc', number });
  const before = await info();
  expect(before).toMatchObject({ name: 'Ada Lovelace', nhsid_nrbac_roles: [{ role_code: 'R8010' }], gmc_id: number });
  gate.shut();
  expect(await info()).toEqual(before);
  expect(await ready()).toMatchObject({ status: 200, away: ['database'] });
  expect(await info()).toEqual(before);
  gate.open();
  await eventually(async () => expect(await ready()).toMatchObject({ away: [] }), 10_000);
  expect(await info()).toEqual(before);
});

test('what the audit could not take waits sealed in Redis, and is written once PostgreSQL is back', async () => {
  const redis = new Redis(redisUrl());
  const refused = () => service.orm.em.fork().find(AuditRow, { what: 'token.refuse', subjectId: 'demo-clinical-system' });
  const before = (await refused()).length;
  // The client is known from a moment ago; its code is not one of ours.
  const ask = () =>
    openid.authorizationCodeGrant(configuration, new URL(`${callback()}?code=nothing&state=s&iss=${encodeURIComponent(service.issuer)}`), {
      pkceCodeVerifier: verifier,
      expectedState: 's',
      expectedNonce: 'n',
    });
  await expect(ask()).rejects.toMatchObject({ error: 'invalid_grant' });
  gate.shut();
  await expect(ask()).rejects.toMatchObject({ error: 'invalid_grant' });
  const waiting = await redis.xrangeBuffer('audit-waiting', '-', '+');
  expect(waiting).toHaveLength(1);
  expect(waiting.toString()).not.toContain('token.refuse');
  gate.open();
  await eventually(async () => expect(await refused()).toHaveLength(before + 2), 15_000);
  await eventually(async () => expect(await redis.xlen('audit-waiting')).toBe(0));
  await redis.quit();
});

test('with Redis emptied people sign in again, and nothing else is lost', async () => {
  const { card, browser, exchange } = await signIn();
  const { access_token: token } = await exchange();
  const redis = new Redis(redisUrl());
  await redis.flushdb();
  await redis.quit();
  await expect(openid.fetchUserInfo(configuration, token, card.careId)).rejects.toThrow();
  expect((await signInWithCard(service, anHttpBrowser(), card)).title).toBe('You are signed in');
  expect((await browser.get(`${service.urls.relyingParty}/sign-in`)).title).toMatch(/^Sign in to/);
});
