/** Systems that are registered: what each may, how it proves itself, and what becomes of its tokens. With suppliers' own library. */
import { createHash, randomUUID } from 'node:crypto';
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair } from 'jose';
import * as openid from 'openid-client';
import { type Cause } from '../../db/audit.ts';
import { recordClientKey, recordClientKeyRemoved, recordClientSecret, recordClientSecretRemoved } from '../../db/client/client-key.ts';
import { recordChangeDecided, recordClient, recordClientChange, recordClientState } from '../../db/client/client.ts';
import { SignInRow } from '../../db/sign-in/sign-in.ts';
import { SigningKeyRow } from '../../db/client/signing-key.ts';
import { client as clientSchema, type ClientSettings } from '../../domain/client.ts';
import { anOrganisation, aPerson, aRoleProfile, type Organisation } from '../support/database.ts';
import { anHttpBrowser, type HttpBrowser, type Seen } from '../support/http-browser.ts';
import { eventually } from '../support/eventually.ts';
import { acceptTerms, type SignInService, startSignIn, type TestCard, useCard } from '../support/sign-in.ts';

let service: SignInService;
let elm: Organisation;
beforeAll(async () => {
  service = await startSignIn({ SIGNING_KEY_LOOK_SECONDS: '1' });
  await service.processes.authentication();
}, 60_000);
afterAll(() => service.stop());
beforeEach(async () => void (elm = await anOrganisation(service.orm)));

const causeOf = (who = 'integrator'): Cause => ({ id: `test/${randomUUID()}`, at: new Date(), who, via: 'web', caseId: null });
const em = () => service.orm.em.fork();
const inAYear = () => new Date(Date.now() + 365 * 86_400_000);
const callback = 'http://localhost:1/callback';

/** One that is registered and approved. */
async function aClient(changes: Partial<ClientSettings> = {}) {
  const id = `${randomUUID()}.apps.test`;
  const settings = clientSchema.parse({ client_id: id, client_name: 'Oak system', redirect_uris: [callback], ...changes });
  const change = randomUUID();
  const registration = { settings, environment: 'sandbox' as const, purposes: {}, contact: 'oak@example.org', reviewOn: '2027-11-25' };
  await em().transactional((tx) => recordClient(tx, causeOf(), { id, organisation: elm.code, change, ...registration }));
  await em().transactional((tx) => recordChangeDecided(tx, causeOf('approver'), { change, answer: 'approved' }));
  return { id, registration };
}
async function withKey(id: string, alg = 'ES256') {
  const pair = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: randomUUID(), alg, use: 'sig' };
  await em().transactional((tx) => recordClientKey(tx, causeOf(), { client: id, jwk, notAfter: inAYear() }));
  return { key: pair.privateKey, kid: jwk.kid };
}
async function withSecret(id: string) {
  const [secret, kept] = [`${randomUUID()}${randomUUID()}`, randomUUID()];
  await em().transactional((tx) => recordClientSecret(tx, causeOf(), { client: id, id: kept, secret, notAfter: inAYear() }));
  return { secret, id: kept };
}
const discover = (id: string, auth: openid.ClientAuth, metadata: Partial<openid.ClientMetadata> = {}) =>
  openid.discovery(new URL(service.issuer), id, metadata, auth, { execute: [openid.allowInsecureRequests] });

async function aHolder() {
  const person = await aPerson(service.orm, { named: 'Ada Lovelace', organisation: elm.code, termsVersion: 1 });
  await aRoleProfile(service.orm, { person, organisation: elm.code, jobRole: 'R8010' });
  return { person, card: await service.aCard(person) };
}
const aBrowser = () => anHttpBrowser({ stopAt: callback });
const verifier = openid.randomPKCECodeVerifier();
const usual = async (): Promise<Record<string, string>> => ({
  redirect_uri: callback,
  scope: 'openid profile nationalrbacaccess selectedrole',
  state: 'state-1',
  nonce: 'nonce-1',
  code_challenge: await openid.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
});
const checks = { pkceCodeVerifier: verifier, expectedState: 'state-1', expectedNonce: 'nonce-1' };

async function signIn(browser: HttpBrowser, card: TestCard, url: URL): Promise<Seen> {
  const page = await useCard(service, browser, { card, page: await browser.get(url.href) });
  return page.title === 'Terms of use' ? acceptTerms(browser, page) : page;
}
/** What the script of a page does that ends the session of somebody else first. */
const goOn = (browser: HttpBrowser, page: Seen): Promise<Seen> =>
  browser.post(/action="([^"]+)"/.exec(page.text)![1]!, { xsrf: /name="xsrf" value="([^"]+)"/.exec(page.text)![1]!, logout: 'yes' });

/** Signs in and exchanges the code. */
async function tokensOf(configuration: openid.Configuration, card: TestCard, browser = aBrowser(), changed: Record<string, string> = {}) {
  const sent = await signIn(browser, card, openid.buildAuthorizationUrl(configuration, { ...(await usual()), ...changed }));
  return openid.authorizationCodeGrant(configuration, new URL(sent.url), checks);
}
const oneSecond = () => new Promise((resolve) => setTimeout(resolve, 1100)); // what a process may have kept of a client

test.each(['RS256', 'RS512', 'PS256', 'ES256'])(
  'a client proves itself by a key of %s, and no more once the key is removed',
  async (alg) => {
    const { card } = await aHolder();
    const { id } = await aClient({ token_endpoint_auth_signing_alg: alg as 'ES256' });
    const { key, kid } = await withKey(id, alg);
    const configuration = await discover(id, openid.PrivateKeyJwt({ key, kid }));
    expect((await tokensOf(configuration, card)).claims()).toMatchObject({ sub: card.careId });
    await em().transactional((tx) => recordClientKeyRemoved(tx, causeOf(), { client: id, kid }));
    await oneSecond();
    await expect(tokensOf(configuration, card)).rejects.toMatchObject({ error: 'invalid_client' });
  },
);

test('a client that may get new tokens for as long as the sign-in lasts, and for itself tokens that speak for nobody; others may not', async () => {
  const { card } = await aHolder();
  const may = await aClient({ token_endpoint_auth_method: 'client_secret_basic', refresh_tokens: true, client_credentials: true });
  const mayNot = await aClient({ token_endpoint_auth_method: 'client_secret_basic' });
  const [one, other] = await Promise.all(
    [may, mayNot].map(async ({ id }) => discover(id, openid.ClientSecretBasic((await withSecret(id)).secret))),
  );
  const tokens = await tokensOf(one!, card);
  const again = await openid.refreshTokenGrant(one!, tokens.refresh_token!);
  expect(again.claims()).toMatchObject({ sub: card.careId, sid: tokens.claims()!['sid'], auth_time: tokens.claims()!.auth_time });
  expect(await openid.fetchUserInfo(one!, again.access_token, card.careId)).toMatchObject({ sub: card.careId });

  const own = await openid.clientCredentialsGrant(one!);
  expect(await openid.tokenIntrospection(one!, own.access_token)).toMatchObject({ active: true, client_id: may.id });
  expect(await openid.tokenIntrospection(one!, own.access_token)).not.toHaveProperty('sub');
  await expect(openid.fetchUserInfo(one!, own.access_token, card.careId)).rejects.toThrow();
  const recorded = await em().execute(`select detail from audit where what = 'token.issue-to-client' and subject_id = ?`, [may.id]);
  expect(recorded).toEqual([{ detail: { client: may.id } }]);

  expect((await tokensOf(other!, card)).refresh_token).toBeUndefined();
  await expect(openid.clientCredentialsGrant(other!)).rejects.toMatchObject({ error: 'invalid_request' });
  await em().nativeUpdate(SignInRow, { endedAt: null }, { endedAt: new Date(), endReason: 'ended' });
  await expect(openid.refreshTokenGrant(one!, tokens.refresh_token!)).rejects.toMatchObject({ error: 'invalid_grant' });
});

test('two secrets are good while they change, an ended one is not; none of them is kept', async () => {
  const { card } = await aHolder();
  const { id } = await aClient({ token_endpoint_auth_method: 'client_secret_post' });
  const [first, second] = [await withSecret(id), await withSecret(id)];
  const tokens = async (secret: string) => tokensOf(await discover(id, openid.ClientSecretPost(secret)), card);
  for (const { secret } of [first, second]) expect((await tokens(secret)).access_token).toBeTruthy();
  await expect(tokens(`${first.secret}x`)).rejects.toMatchObject({ error: 'invalid_client' });
  await em().transactional((tx) => recordClientSecretRemoved(tx, causeOf(), { client: id, id: first.id }));
  await oneSecond();
  await expect(tokens(first.secret)).rejects.toMatchObject({ error: 'invalid_client' });
  expect((await tokens(second.secret)).access_token).toBeTruthy();
  const kept = await em().execute(`select hash from client_secret where client = :id`, { id });
  expect(JSON.stringify(kept)).not.toContain(second.secret);
});

test('a client that is switched off is off at once with its tokens, which stay dead when it is on again', async () => {
  const { card } = await aHolder();
  const { id } = await aClient();
  const { key, kid } = await withKey(id);
  const configuration = await discover(id, openid.PrivateKeyJwt({ key, kid }));
  const browser = aBrowser();
  const { access_token: token } = await tokensOf(configuration, card, browser);
  const info = () => openid.fetchUserInfo(configuration, token, card.careId);
  expect(await info()).toMatchObject({ sub: card.careId });
  await em().transactional((tx) => recordClientState(tx, causeOf(), id, 'off'));
  await expect(info()).rejects.toThrow();
  await oneSecond();
  const url = openid.buildAuthorizationUrl(configuration, await usual());
  expect((await browser.get(url.href)).url).not.toContain('code=');
  await em().transactional((tx) => recordClientState(tx, causeOf(), id, 'active'));
  await oneSecond();
  await expect(info()).rejects.toThrow();
  expect((await browser.get(url.href)).url).toContain('code='); // who is signed in goes on being so
});

test('nobody is let in by a client that nobody approved, and what widens one waits', async () => {
  const { id, registration } = await aClient({ scope: 'openid profile' });
  const wider = { ...registration, settings: { ...registration.settings, scope: 'openid profile email' }, change: randomUUID() };
  const asked = (who: string, version: number) =>
    em().transactional((tx) => recordClientChange(tx, causeOf(who), { id, version, ...wider, change: randomUUID() }));
  expect(await asked('integrator', 2)).toEqual(['It may ask for more about people']);
  await expect(asked('integrator', 2)).rejects.toMatchObject({ code: 'WRONG_STATE' });
  const [{ change }] = await em().execute<[{ change: string }]>(
    `select id as change from client_change where client = :id and state = 'asked'`,
    { id },
  );
  const decide = (who: string) => em().transactional((tx) => recordChangeDecided(tx, causeOf(who), { change, answer: 'approved' }));
  await expect(decide('integrator')).rejects.toMatchObject({ code: 'SAME_PERSON' });
  await decide('approver');
  await expect(decide('approver')).rejects.toMatchObject({ code: 'WRONG_STATE' });
  const narrower = { ...registration, settings: { ...registration.settings, scope: 'openid' }, change: randomUUID() };
  expect(await em().transactional((tx) => recordClientChange(tx, causeOf(), { id, version: 3, ...narrower }))).toEqual([]);
});

test('a client gets no scope that it is not registered for, and no role elsewhere than it is registered for', async () => {
  const { person, card } = await aHolder();
  await aRoleProfile(service.orm, { person, organisation: elm.trust, jobRole: 'R8020' });
  const { id } = await aClient({ organisations: [elm.trust], scope: 'openid nationalrbacaccess associatedorgs selectedrole' });
  const { key, kid } = await withKey(id);
  const configuration = await discover(id, openid.PrivateKeyJwt({ key, kid }));
  const scope = 'openid nationalrbacaccess associatedorgs selectedrole';
  const tokens = await tokensOf(configuration, card, aBrowser(), { scope });
  const info = await openid.fetchUserInfo(configuration, tokens.access_token, card.careId);
  expect(info['nhsid_nrbac_roles']).toMatchObject([{ org_code: elm.trust }]);
  expect(info['nhsid_user_orgs']).toMatchObject([{ org_code: elm.trust }]);
  expect(tokens.claims()).toHaveProperty('selected_roleid'); // the only one that it may see, silently
  const url = openid.buildAuthorizationUrl(configuration, { ...(await usual()), scope: `${scope} email` });
  expect(new URL((await aBrowser().get(url.href)).url).searchParams.get('error')).toBe('invalid_scope');
});

test('ES256 for ID tokens and userinfo where a client asks for it', async () => {
  const { card } = await aHolder();
  const { id } = await aClient({ id_token_signed_response_alg: 'ES256', userinfo_signed_response_alg: 'ES256' });
  const { key, kid } = await withKey(id);
  const metadata = { id_token_signed_response_alg: 'ES256', userinfo_signed_response_alg: 'ES256' };
  const configuration = await discover(id, openid.PrivateKeyJwt({ key, kid }), metadata);
  const tokens = await tokensOf(configuration, card);
  expect(decodeProtectedHeader(tokens.id_token!)).toMatchObject({ alg: 'ES256' });
  const response = await fetch(`${service.issuer}/userinfo`, { headers: { authorization: `Bearer ${tokens.access_token}` } });
  expect(response.headers.get('content-type')).toContain('application/jwt');
  expect(decodeJwt(await response.text())).toMatchObject({ sub: card.careId, aud: id, iss: service.issuer });
});

test('FAPI 2.0: pushed requests and DPoP are demanded, and a stolen token is worth nothing', async () => {
  const { card } = await aHolder();
  const { id } = await aClient({ fapi: true });
  const { key, kid } = await withKey(id);
  const configuration = await discover(id, openid.PrivateKeyJwt({ key, kid }));
  const browser = aBrowser();
  const plain = openid.buildAuthorizationUrl(configuration, await usual());
  expect((await browser.get(plain.href)).url).not.toContain('code=');

  const dpop = openid.getDPoPHandle(configuration, await openid.randomDPoPKeyPair('ES256'));
  const pushed = await openid.buildAuthorizationUrlWithPAR(configuration, await usual(), { DPoP: dpop });
  expect(pushed.searchParams.get('request_uri')).toMatch(/^urn:/);
  const sent = await signIn(browser, card, pushed);
  const tokens = await openid.authorizationCodeGrant(configuration, new URL(sent.url), checks, undefined, { DPoP: dpop });
  expect(tokens.token_type.toLowerCase()).toBe('dpop');
  expect(await openid.fetchUserInfo(configuration, tokens.access_token, card.careId, { DPoP: dpop })).toMatchObject({ sub: card.careId });
  const stolen = await fetch(`${service.issuer}/userinfo`, { headers: { authorization: `Bearer ${tokens.access_token}` } });
  expect(stolen.status).toBe(401);
});

test('a form brings the code where a client asks for that, and the page may send it nowhere else', async () => {
  const { card } = await aHolder();
  const { id } = await aClient();
  const { key, kid } = await withKey(id);
  const configuration = await discover(id, openid.PrivateKeyJwt({ key, kid }));
  const browser = aBrowser();
  await tokensOf(configuration, card, browser);
  const url = openid.buildAuthorizationUrl(configuration, { ...(await usual()), response_mode: 'form_post', prompt: 'none' });
  const seen = await browser.once(url.href);
  const { text } = seen;
  const script = /<script>([^<]*)<\/script>/.exec(text)![1]!;
  const policy = seen.headers.get('content-security-policy')!;
  expect(policy).toContain(`'sha256-${createHash('sha256').update(script).digest('base64')}'`);
  expect(policy).toMatch(/form-action 'self' http:\/\/localhost:1(;|$)/);
  expect(text).toMatch(/name="code" value="[^"]+"/);
  expect(text).toMatch(/name="iss"/);
});

test('somebody else than the one a system hints at signs in anew; select_account asks whoever is signed in', async () => {
  const [ada, bea] = [await aHolder(), await aHolder()];
  const { id } = await aClient();
  const { key, kid } = await withKey(id);
  const configuration = await discover(id, openid.PrivateKeyJwt({ key, kid }));
  const browser = aBrowser();
  await tokensOf(configuration, ada.card, browser);
  const ask = async (changed: Record<string, string>) =>
    browser.get(openid.buildAuthorizationUrl(configuration, { ...(await usual()), ...changed }).href);
  expect((await ask({ login_hint: ada.card.careId })).url).toContain('code=');
  expect((await ask({ login_hint: bea.card.careId })).title).toMatch(/^Sign in/);
  expect((await ask({ prompt: 'select_account' })).title).toMatch(/^Sign in/);
  const asked = openid.buildAuthorizationUrl(configuration, { ...(await usual()), prompt: 'select_account' });
  const sent = await goOn(browser, await signIn(browser, bea.card, asked));
  expect(await service.orm.em.fork().count(SignInRow, { person: ada.person, endReason: 'signed-out' })).toBe(1); // who was there before
  expect((await openid.authorizationCodeGrant(configuration, new URL(sent.url), checks)).claims()).toMatchObject({ sub: bea.card.careId });
});

test('signing keys take turns: the next is published before it signs, the last one after, and no sign-in fails', async () => {
  const { card } = await aHolder();
  const { id } = await aClient();
  const { key, kid } = await withKey(id);
  const configuration = await discover(id, openid.PrivateKeyJwt({ key, kid }));
  const published = async () => {
    const { keys } = (await (await fetch(`${service.issuer}/connect/jwk_uri`)).json()) as { keys: Array<{ kid: string; alg: string }> };
    return keys.filter(({ alg }) => alg === 'RS256').map((each) => each.kid);
  };
  const kidOf = async () => decodeProtectedHeader((await tokensOf(configuration, card)).id_token!).kid;
  const first = await kidOf();
  // As if it had signed for its 90 days: the next one is made.
  await em().nativeUpdate(SigningKeyRow, { kid: first! }, { signsFrom: new Date(Date.now() - 90 * 86_400_000) });
  await eventually(async () => expect(await published()).toHaveLength(2), 15_000);
  const [next] = (await published()).filter((each) => each !== first);
  expect(await kidOf()).toBe(first);
  await em().nativeUpdate(SigningKeyRow, { kid: next! }, { signsFrom: new Date() });
  await eventually(async () => expect(await kidOf()).toBe(next), 15_000);
  expect(await published()).toContain(first);
  await em().nativeUpdate(SigningKeyRow, { kid: first! }, { retiredAt: new Date() });
  await eventually(async () => expect(await published()).toEqual([next]), 15_000);
  expect(await kidOf()).toBe(next);
}, 90_000);
