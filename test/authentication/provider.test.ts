import { createPrivateKey, randomUUID, webcrypto } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { decodeProtectedHeader } from 'jose';
import * as openid from 'openid-client';
import { createBearer } from '../../api/bearer.ts';
import { AuditRow } from '../../db/audit.ts';
import { PersonRow } from '../../db/person/person.ts';
import { SignInRow } from '../../db/sign-in/sign-in.ts';
import { SigningKeyRow } from '../../db/client/signing-key.ts';
import { anOrganisation, aPerson, aRoleProfile, type Organisation } from '../support/database.ts';
import { anHttpBrowser, type HttpBrowser, type Seen } from '../support/http-browser.ts';
import { acceptTerms, type SignInService, startSignIn, type TestCard, useCard } from '../support/sign-in.ts';

const clientId = 'demo-clinical-system';
const strictId = 'strict-system';
const everything = 'openid profile email nhsperson nationalrbacaccess associatedorgs selectedrole care-identity-api';
let service: SignInService;
let elm: Organisation;
let configuration: openid.Configuration;
let callback: string;
beforeAll(async () => {
  service = await startSignIn();
  callback = `${service.urls.relyingParty}/callback`;
  addStrictSystem(service.clients.file);
  await service.processes.authentication();
  configuration = await configurationFor(clientId, service.clients.relyingPartyKey);
}, 60_000);
afterAll(() => service.stop());
beforeEach(async () => void (elm = await anOrganisation(service.orm)));

/** Like the demonstration system, but registered for the strongest sign-ins only. */
function addStrictSystem(file: string): void {
  const clients = JSON.parse(readFileSync(file, 'utf8')) as Array<{ client_id: string }>;
  const demo = clients.find(({ client_id: id }) => id === clientId);
  writeFileSync(file, JSON.stringify([...clients, { ...demo, client_id: strictId, minimum_level: 3 }]));
}

/** A supplier's own library, with the key that was registered, or another. */
async function configurationFor(id: string, keyFile: string): Promise<openid.Configuration> {
  const der = createPrivateKey(readFileSync(keyFile, 'utf8')).export({ type: 'pkcs8', format: 'der' });
  const key = await webcrypto.subtle.importKey('pkcs8', new Uint8Array(der), { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
  return openid.discovery(new URL(service.issuer), id, {}, openid.PrivateKeyJwt(key), { execute: [openid.allowInsecureRequests] });
}

const verifier = openid.randomPKCECodeVerifier();
const [state, nonce] = ['state-1', 'nonce-1'];
async function authorizeUrl(changed: Record<string, string> = {}): Promise<string> {
  const challenge = await openid.calculatePKCECodeChallenge(verifier);
  const usual = {
    redirect_uri: callback,
    scope: everything.replace(' email', ''),
    state,
    nonce,
    code_challenge: challenge,
    code_challenge_method: 'S256',
  };
  return openid.buildAuthorizationUrl(configuration, { ...usual, ...changed }).href;
}
const aBrowser = () => anHttpBrowser({ stopAt: callback });
const authorize = async (browser: HttpBrowser, changed?: Record<string, string>): Promise<Seen> => browser.get(await authorizeUrl(changed));
const errorOf = ({ url }: Seen) => new URL(url).searchParams.get('error');

/** @returns where the system is sent back to, with a code */
async function signIn(browser: HttpBrowser, card: TestCard, changed?: Record<string, string>): Promise<Seen> {
  const page = await useCard(service, browser, { card, page: await authorize(browser, changed) });
  return page.title === 'Terms of use' ? acceptTerms(browser, page) : page;
}
const exchange = ({ url }: Seen) =>
  openid.authorizationCodeGrant(configuration, new URL(url), { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce });

async function aHolder({ roles = 1, ...given }: { roles?: number } & Partial<PersonRow> = {}) {
  const person = await aPerson(service.orm, { named: 'Ada Lovelace', title: 'Dr', organisation: elm.code, termsVersion: 1, ...given });
  for (let n = 0; n < roles; n += 1)
    await aRoleProfile(service.orm, { person, organisation: elm.code, jobRole: `R80${10 + n}`, activities: ['B0370'] });
  return { person, card: await service.aCard(person) };
}

test('the ID token and userinfo have the claims by their exact names and types', async () => {
  const { person, card } = await aHolder();
  const tokens = await exchange(await signIn(aBrowser(), card, { acr_values: 'AAL3_ANY' }));
  expect(decodeProtectedHeader(tokens.id_token!)).toMatchObject({ alg: 'RS256', kid: expect.any(String) });
  const claims = tokens.claims()!;
  expect(claims).toMatchObject({
    sub: card.careId,
    sid: expect.any(String),
    acr: 'AAL3_ANY',
    amr: ['sc', 'pin', 'mfa'],
    auth_time: expect.any(Number),
    id_assurance_level: '3',
    authentication_assurance_level: '3',
    selected_roleid: expect.stringMatching(/^\d{12}$/),
  });
  expect(claims).not.toHaveProperty('name');

  const info = await openid.fetchUserInfo(configuration, tokens.access_token, claims.sub);
  expect(info).toMatchObject({
    name: 'Ada Lovelace',
    given_name: 'Ada',
    family_name: 'Lovelace',
    title: 'Dr',
    display_name: 'Dr Ada Lovelace',
    uid: card.careId,
    nhsid_useruid: card.careId,
    idassurancelevel: '3',
    nhsid_user_orgs: [{ org_code: elm.code, org_name: 'Elm Surgery' }],
  });
  expect(info).not.toHaveProperty('email'); // not asked for
  expect(info['nhsid_nrbac_roles']).toEqual([
    {
      org_code: elm.code,
      person_orgid: expect.stringMatching(/^\d{12}$/),
      person_roleid: claims['selected_roleid'],
      role_code: 'R8010',
      role_name: expect.any(String),
      activities: expect.any(Array),
      activity_codes: ['B0370'],
    },
  ]);
  const [issued] = await service.orm.em.fork().find(AuditRow, { subjectId: person, what: 'token.issue' });
  expect(issued).toMatchObject({ detail: { client: clientId, level: '3', roleProfile: claims['selected_roleid'] } });
});

test('somebody without a role is let in, and the system is told that there is none', async () => {
  const { card } = await aHolder({ roles: 0 });
  const tokens = await exchange(await signIn(aBrowser(), card));
  expect(tokens.claims()).not.toHaveProperty('selected_roleid');
  expect((await openid.fetchUserInfo(configuration, tokens.access_token, card.careId))['nhsid_nrbac_roles']).toEqual([]);
});

test('a system that does not ask for a role has nobody asked; one that does, once a sign-in', async () => {
  const { card } = await aHolder({ roles: 2 });
  const browser = aBrowser();
  expect((await signIn(browser, card, { scope: 'openid' })).url).toContain('code=');
  const page = await authorize(browser);
  expect(page.title).toBe('Choose your role');
  expect(errorOf(await authorize(browser, { prompt: 'none' }))).toBe('interaction_required');
  const [, chosen] = [.../name="role"[^>]*value="(\d{12})"/.exec(page.text)!];
  expect((await browser.post(`${page.url}/role`, { role: '000000000000' })).status).toBe(400);
  const sent = await browser.post(`${page.url}/role`, { role: chosen! });
  expect((await exchange(sent)).claims()!['selected_roleid']).toBe(chosen);
  expect((await authorize(browser, { prompt: 'none' })).url).toContain('code=');
});

test('without a session prompt=none is refused, with one it is silent, prompt=login and max_age ask again', async () => {
  const { person, card } = await aHolder();
  const browser = aBrowser();
  expect(errorOf(await authorize(browser, { prompt: 'none' }))).toBe('login_required');
  await signIn(browser, card);
  expect((await authorize(browser, { prompt: 'none' })).url).toContain('code=');
  expect((await authorize(browser, { prompt: 'login' })).title).toMatch(/^Sign in to/);
  expect((await authorize(browser, { max_age: '300' })).url).toContain('code=');
  await service.orm.em.fork().nativeUpdate(SignInRow, { person }, { startedAt: new Date(Date.now() - 400_000) });
  await authorize(browser); // what the session says of its age is what the table says
  expect((await authorize(browser, { max_age: '300' })).title).toMatch(/^Sign in to/);
});

test('a weaker session is stepped up, an unknown class refused', async () => {
  const { person, card } = await aHolder();
  const browser = aBrowser();
  await signIn(browser, card);
  await service.orm.em.fork().nativeUpdate(SignInRow, { person }, { level: 2, acr: 'AAL2_ANY' });
  expect((await authorize(browser, { acr_values: 'AAL2_OR_AAL3_ANY' })).url).toContain('code=');
  const page = await authorize(browser, { acr_values: 'AAL3_ANY' });
  expect(page.text).toContain('needs a stronger sign-in');
  expect(errorOf(await authorize(browser, { acr_values: 'AAL3_ANY', prompt: 'none' }))).toBe('login_required');
  expect(errorOf(await authorize(browser, { acr_values: 'AAL9' }))).toBe('invalid_request');
});

test('what is asked for never lowers what the system was registered with', async () => {
  const { person, card } = await aHolder();
  const browser = aBrowser();
  await signIn(browser, card);
  await service.orm.em.fork().nativeUpdate(SignInRow, { person }, { level: 2, acr: 'AAL2_ANY' });
  const strict = { client_id: strictId, acr_values: 'AAL2_ANY' };
  expect((await authorize(browser, strict)).text).toContain('needs a stronger sign-in');
  expect(errorOf(await authorize(browser, { ...strict, prompt: 'none' }))).toBe('login_required');
  await service.orm.em.fork().nativeUpdate(SignInRow, { person }, { level: 3, acr: 'AAL3_ANY' });
  expect((await authorize(browser, strict)).url).toContain('code=');
});

test('a code is good once: of two who use it at the same moment, one is refused, and a third time ends what it gave', async () => {
  const { card } = await aHolder();
  const sent = await signIn(aBrowser(), card);
  const both = await Promise.allSettled([exchange(sent), exchange(sent)]);
  const won = both.filter((each) => each.status === 'fulfilled');
  expect(won).toHaveLength(1);
  await expect(exchange(sent)).rejects.toMatchObject({ error: 'invalid_grant' });
  await expect(openid.fetchUserInfo(configuration, won[0]!.value.access_token, card.careId)).rejects.toThrow();
});

test('an address that is not registered, no PKCE, another flow and a scope that was not approved are refused', async () => {
  const browser = aBrowser();
  const elsewhere = await browser.get(await authorizeUrl({ redirect_uri: `${callback}/x` }));
  expect([elsewhere.status, elsewhere.title]).toEqual([400, 'You cannot sign in from here']);
  const plain = new URL(await authorizeUrl());
  plain.searchParams.delete('code_challenge');
  plain.searchParams.delete('code_challenge_method');
  expect(errorOf(await browser.get(plain.href))).toBe('invalid_request');
  expect((await authorize(browser, { response_type: 'code id_token' })).url).toContain('error=');
  expect(errorOf(await authorize(browser, { scope: 'openid email' }))).toBe('invalid_scope');
});

test('a client that cannot prove itself gets no token, and that is kept', async () => {
  const { card } = await aHolder();
  const sent = await signIn(aBrowser(), card);
  const imposter = await configurationFor(clientId, service.clients.apiKey);
  const grant = openid.authorizationCodeGrant(imposter, new URL(sent.url), {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
  });
  await expect(grant).rejects.toMatchObject({ error: 'invalid_client' });
  const [refused] = await service.orm.em.fork().find(AuditRow, { what: 'token.refuse' }, { orderBy: { at: -1 }, limit: 1 });
  expect(refused).toMatchObject({ subjectId: clientId, detail: { reason: 'invalid_client' } });
});

test('a token speaks for nobody once the person is suspended: not at userinfo, not at our own API', async () => {
  const { person, card } = await aHolder();
  const tokens = await exchange(await signIn(aBrowser(), card));
  const bearer = createBearer({
    orm: service.orm,
    issuer: service.issuer,
    clientId: 'care-identity-api',
    clientKey: readFileSync(service.clients.apiKey, 'utf8'),
  });
  const call = (token: string) => bearer({ get: () => `Bearer ${token}` } as never);
  expect(await call(tokens.access_token)).toMatchObject({ kind: 'person', id: person, via: 'api', authenticatedAt: expect.any(Date) });
  await expect(call(randomUUID())).rejects.toThrow();
  await expect(bearer({ get: () => '' } as never)).rejects.toThrow();

  await service.orm.em.fork().nativeUpdate(PersonRow, { id: person }, { state: 'suspended' });
  await expect(openid.fetchUserInfo(configuration, tokens.access_token, card.careId)).rejects.toThrow();
  await expect(call(tokens.access_token)).rejects.toThrow();
});

test('a token that was not granted for our API does not open it', async () => {
  const { card } = await aHolder();
  const tokens = await exchange(await signIn(aBrowser(), card, { scope: 'openid profile' }));
  const clientKey = readFileSync(service.clients.apiKey, 'utf8');
  const bearer = createBearer({ orm: service.orm, issuer: service.issuer, clientId: 'care-identity-api', clientKey });
  await expect(bearer({ get: () => `Bearer ${tokens.access_token}` } as never)).rejects.toThrow();
});

test('a token of before says nothing after its sign-in ended, though the same browser signed in again', async () => {
  const { person, card } = await aHolder();
  const browser = aBrowser();
  const before = await exchange(await signIn(browser, card));
  await service.orm.em.fork().nativeUpdate(SignInRow, { person }, { endedAt: new Date(), endReason: 'test' });
  const after = await exchange(await signIn(browser, card));
  await expect(openid.fetchUserInfo(configuration, before.access_token, card.careId)).rejects.toThrow();
  expect((await openid.fetchUserInfo(configuration, after.access_token, card.careId)).sub).toBe(card.careId);
});

test('signing keys of each algorithm, kept sealed', async () => {
  const keys = await service.orm.em.fork().find(SigningKeyRow, {}, { orderBy: { alg: 1 } });
  expect([...new Set(keys.map(({ alg }) => alg))]).toEqual(['ES256', 'RS256']);
  for (const { publicJwk, privateSealed } of keys) {
    expect(publicJwk).not.toHaveProperty('d');
    expect(privateSealed.toString('latin1')).not.toContain('"d"');
  }
});
