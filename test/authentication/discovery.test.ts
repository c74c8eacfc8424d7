/** Every member of the discovery document is proved by what the service does: one that is added, or missing, fails here until it is. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose';
import * as openid from 'openid-client';
import { clientScopes } from '../../domain/client.ts';
import { professionalBodies } from '../../domain/professional-membership.ts';
import { algsTaken, assertionOf, methodsTaken, send } from '../support/client-proof.ts';
import { anOrganisation, aPerson, aRoleProfile, type Organisation } from '../support/database.ts';
import { anHttpBrowser, type HttpBrowser } from '../support/http-browser.ts';
import { aGmcNumber, aMembership, anNmcPin } from '../support/professional-membership.ts';
import { aRelyingSystem, callback, everyScope, type RelyingSystem } from '../support/relying-system.ts';
import { type SignInService, startSignIn, type TestCard } from '../support/sign-in.ts';

let service: SignInService;
let elm: Organisation;
let system: RelyingSystem;
let card: TestCard;
let browser: HttpBrowser;
/** As it came, before any library read it. */
let said: Record<string, string | boolean | string[]>;
beforeAll(async () => {
  service = await startSignIn();
  await service.processes.authentication();
  elm = await anOrganisation(service.orm);
  system = await aRelyingSystem(service, elm.code);
  said = (await (await fetch(`${service.issuer}/.well-known/openid-configuration`)).json()) as typeof said;
  const person = await aPerson(service.orm, { named: 'Ada Augusta Lovelace', title: 'Dr', organisation: elm.code, termsVersion: 1 });
  await aRoleProfile(service.orm, { person, organisation: elm.code, jobRole: 'R8000', activities: ['B0370'] });
  await inEveryRegister(person);
  card = await service.aCard(person);
  browser = anHttpBrowser({ stopAt: callback });
  await system.signIn(card, {}, browser);
}, 60_000);
afterAll(() => service.stop());

async function inEveryRegister(person: string): Promise<void> {
  const gmc = aGmcNumber();
  const numbers = {
    gmc,
    nmc: anNmcPin(),
    gdc: `9${gmc.slice(2)}`,
    gphc: `2${gmc.slice(1)}`,
    gmp: `G${gmc}`,
    consultant: `C${gmc}`,
    rcn: `R${gmc}`,
  };
  for (const [body, number] of Object.entries({ ...numbers, gdp: professionalBodies.gdp.example }))
    await aMembership(service.orm, { person, by: elm.agent, organisation: elm.code, body: body as 'gmc', number });
}
const tokens = (asked: Record<string, string> = {}, of = system) => of.tokens(card, asked, browser);
const asked = async (parameters: Record<string, string>, of = system) => (await browser.get(await of.url(parameters))).url;
const errorIn = (url: string) => new URL(url).searchParams.get('error');

const endpoint = (path: string) => `${service.issuer}${path}`;
const sorted = (list: readonly string[]) => [...list].sort();

/** Each is given what the document says, and shows that it is so. */
const proofs: Record<string, (value: never) => Promise<void>> = {
  async issuer(value: string) {
    expect(value).toBe(service.issuer);
    expect((await tokens()).claims()!.iss).toBe(value);
  },
  async authorization_endpoint(value: string) {
    expect(value).toBe(endpoint('/authorize'));
    expect((await system.url()).startsWith(`${value}?`)).toBe(true);
    expect(await asked({})).toContain('code=');
  },
  async authorization_response_iss_parameter_supported(value: boolean) {
    expect(value).toBe(true);
    for (const parameters of [{}, { response_type: 'token' }, { scope: 'openid', acr_values: 'AAL9' }])
      expect(new URL((await asked(parameters)).replace('#', '?')).searchParams.get('iss')).toBe(service.issuer);
  },
  async token_endpoint(value: string) {
    expect(value).toBe(endpoint('/access_token'));
    expect((await tokens()).access_token).toBeTruthy();
  },
  async userinfo_endpoint(value: string) {
    expect(value).toBe(endpoint('/userinfo'));
    expect(await system.userInfo((await tokens()).access_token, card)).toMatchObject({ sub: card.careId });
  },
  async jwks_uri(value: string) {
    expect(value).toBe(endpoint('/connect/jwk_uri'));
    const { keys } = (await (await fetch(value)).json()) as { keys: Array<Record<string, string>> };
    expect(sorted([...new Set(keys.map(({ alg = '' }) => alg))])).toEqual(
      sorted(said['id_token_signing_alg_values_supported'] as string[]),
    );
    for (const key of keys) expect(key).not.toHaveProperty('d');
  },
  async end_session_endpoint(value: string) {
    expect(value).toBe(endpoint('/connect/endSession'));
    expect(await browser.get(value)).toMatchObject({ status: 200, title: 'Do you want to sign out?' });
  },
  async introspection_endpoint(value: string) {
    expect(value).toBe(endpoint('/introspect'));
    const { access_token: token } = await tokens();
    expect((await send(value, { ...(await assertionOf(service, system)), token })).body).toMatchObject({ active: true, sub: card.careId });
  },
  async revocation_endpoint(value: string) {
    expect(value).toBe(endpoint('/token/revoke'));
    const { access_token: token } = await tokens();
    expect(await send(value, { ...(await assertionOf(service, system)), token })).toMatchObject({ status: 200 });
    await expect(system.userInfo(token, card)).rejects.toThrow();
  },
  async pushed_authorization_request_endpoint(value: string) {
    expect(value).toBe(endpoint('/par'));
    const parameters = Object.fromEntries(new URL(await system.url()).searchParams);
    const pushed = await openid.buildAuthorizationUrlWithPAR(system.configuration, parameters);
    expect((await browser.get(pushed.href)).url).toContain('code=');
  },
  async response_types_supported(value: string[]) {
    expect(value).toEqual(['code']);
    for (const response_type of ['token', 'id_token', 'code id_token', 'code token', 'id_token token', 'none'])
      expect(await asked({ response_type })).toMatch(/error=(unsupported_response_type|unauthorized_client)/);
  },
  async response_modes_supported(value: string[]) {
    expect(sorted(value)).toEqual(['form_post', 'fragment', 'query']);
    expect(await asked({ response_mode: 'query' })).toMatch(/\?(.*&)?code=/);
    expect(await asked({ response_mode: 'fragment' })).toMatch(/#(.*&)?code=/);
    const form = await browser.once(await system.url({ response_mode: 'form_post' }));
    expect(form.text).toMatch(/name="code" value="[^"]+"/);
    expect(await asked({ response_mode: 'web_message' })).toContain('error=unsupported_response_mode');
  },
  async grant_types_supported(value: string[]) {
    const able = await aRelyingSystem(service, elm.code, { refresh_tokens: true, client_credentials: true });
    const given = await tokens({}, able);
    const ask = async (grant_type: string, form: Record<string, string> = {}) =>
      send(endpoint('/access_token'), { ...(await assertionOf(service, able)), grant_type, ...form });
    const granted = {
      authorization_code: { status: given.access_token ? 200 : 400 },
      refresh_token: await ask('refresh_token', { refresh_token: given.refresh_token! }),
      client_credentials: await ask('client_credentials'),
      password: await ask('password', { username: card.careId, password: 'x' }),
      'urn:ietf:params:oauth:grant-type:device_code': await ask('urn:ietf:params:oauth:grant-type:device_code', { device_code: 'x' }),
    };
    expect(Object.entries(granted).flatMap(([grant, { status }]) => (status === 200 ? [grant] : []))).toEqual(value);
    expect(granted.password.error).toBe('unsupported_grant_type');
  },
  async code_challenge_methods_supported(value: string[]) {
    expect(value).toEqual(['S256']);
    expect(errorIn(await asked({ code_challenge_method: 'plain' }))).toBe('invalid_request');
  },
  async scopes_supported(value: string[]) {
    expect(sorted(value)).toEqual(sorted(Object.keys(clientScopes)));
    expect(sorted((await tokens()).scope!.split(' '))).toEqual(sorted(value));
    expect((await tokens({ scope: `${everyScope} address phone offline_access` })).scope!.split(' ')).toHaveLength(value.length);
  },
  async claims_supported(value: string[]) {
    const given = await tokens();
    const info = Object.keys(await system.userInfo(given.access_token, card));
    const ofTheProtocol = ['aud', 'exp', 'iat', 'nonce', 'at_hash'];
    const inToken = Object.keys(given.claims()!).filter((claim) => !ofTheProtocol.includes(claim));
    expect(sorted(value)).toEqual(sorted([...new Set([...info, ...inToken])]));
  },
  async claim_types_supported(value: string[]) {
    expect(value).toEqual(['normal']);
    const info = await system.userInfo((await tokens()).access_token, card);
    for (const member of ['_claim_names', '_claim_sources']) expect(info).not.toHaveProperty(member);
  },
  async claims_parameter_supported(value: boolean) {
    expect(value).toBe(false);
    const claims = JSON.stringify({ userinfo: { email: { essential: true } }, id_token: { name: null } });
    const given = await tokens({ scope: 'openid', claims });
    expect(given.claims()).not.toHaveProperty('name');
    expect(await system.userInfo(given.access_token, card)).not.toHaveProperty('email');
  },
  async request_parameter_supported(value: boolean) {
    expect(value).toBe(false);
    expect(errorIn(await asked({ request: 'eyJhbGciOiJub25lIn0.e30.' }))).toBe('request_not_supported');
  },
  async request_uri_parameter_supported(value: boolean) {
    expect(value).toBe(false);
    expect(await asked({ request_uri: 'https://oak.example/request' })).toMatch(/^(?!.*code=)/);
    const seen = await browser.get(await system.url({ request_uri: 'https://oak.example/request' }));
    expect(seen.status === 400 || errorIn(seen.url) !== null).toBe(true);
  },
  async subject_types_supported(value: string[]) {
    expect(value).toEqual(['public']);
    const other = await aRelyingSystem(service, elm.code);
    expect([(await tokens()).claims()!.sub, (await tokens({}, other)).claims()!.sub]).toEqual([card.careId, card.careId]);
  },
  async acr_values_supported(value: string[]) {
    const byCard: string[] = [];
    for (const acr_values of value) {
      const sent = await asked({ acr_values, prompt: 'none' });
      if (!sent.includes('code=')) expect([acr_values, errorIn(sent)]).toEqual([acr_values, 'login_required']);
      else if ((await tokens({ acr_values })).claims()!['acr'] === acr_values) byCard.push(acr_values);
    }
    const others = ['AAL2_TOTP', 'AAL3_FIDO2', 'AAL3_IOS']; // what another authenticator is needed for
    expect(sorted([...byCard, ...others])).toEqual(sorted(value));
    expect(errorIn(await asked({ acr_values: 'AAL2_NHSMAIL' }))).toBe('invalid_request');
  },
  async token_endpoint_auth_methods_supported(value: string[]) {
    expect(await methodsTaken(service, 'token', elm.code)).toEqual(value);
  },
  async introspection_endpoint_auth_methods_supported(value: string[]) {
    expect(await methodsTaken(service, 'introspection', elm.code)).toEqual(value);
  },
  async revocation_endpoint_auth_methods_supported(value: string[]) {
    expect(await methodsTaken(service, 'revocation', elm.code)).toEqual(value);
  },
  async token_endpoint_auth_signing_alg_values_supported(value: string[]) {
    expect(sorted(await algsTaken(service, 'token', elm.code))).toEqual(sorted(value));
  },
  async introspection_endpoint_auth_signing_alg_values_supported(value: string[]) {
    expect(sorted(await algsTaken(service, 'introspection', elm.code))).toEqual(sorted(value));
  },
  async revocation_endpoint_auth_signing_alg_values_supported(value: string[]) {
    expect(sorted(await algsTaken(service, 'revocation', elm.code))).toEqual(sorted(value));
  },
  async id_token_signing_alg_values_supported(value: string[]) {
    const keys = createRemoteJWKSet(new URL(endpoint('/connect/jwk_uri')));
    for (const alg of value) {
      const one = await aRelyingSystem(service, elm.code, { id_token_signed_response_alg: alg as 'RS256' });
      const { id_token } = await tokens({}, one);
      expect((await jwtVerify(id_token!, keys, { issuer: service.issuer, audience: one.id })).protectedHeader.alg).toBe(alg);
    }
  },
  async userinfo_signing_alg_values_supported(value: string[]) {
    for (const alg of value) {
      const one = await aRelyingSystem(service, elm.code, { userinfo_signed_response_alg: alg as 'RS256' });
      const { access_token: token } = await tokens({}, one);
      const jwt = await (await fetch(endpoint('/userinfo'), { headers: { authorization: `Bearer ${token}` } })).text();
      expect([decodeProtectedHeader(jwt).alg, decodeJwt(jwt).sub]).toEqual([alg, card.careId]);
    }
  },
  async dpop_signing_alg_values_supported(value: string[]) {
    const push = async (alg: string) => {
      const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
      const proof = async (nonce?: string) =>
        new SignJWT({ htm: 'POST', htu: endpoint('/par'), jti: randomUUID(), ...(nonce && { nonce }) })
          .setProtectedHeader({ typ: 'dpop+jwt', alg, jwk: await exportJWK(publicKey) })
          .setIssuedAt()
          .sign(privateKey);
      const request = async (nonce?: string) => {
        const parameters = Object.fromEntries(new URL(await system.url()).searchParams);
        return send(endpoint('/par'), { ...parameters, ...(await assertionOf(service, system)) }, { dpop: await proof(nonce) });
      };
      const first = await request();
      const nonce = first.headers.get('dpop-nonce');
      return first.error === 'use_dpop_nonce' && nonce ? request(nonce) : first;
    };
    for (const alg of value) expect([alg, (await push(alg)).status]).toEqual([alg, 201]);
    for (const alg of ['RS256', 'ES384']) expect([alg, (await push(alg)).error]).toEqual([alg, 'invalid_dpop_proof']);
  },
  async backchannel_logout_supported(value: boolean) {
    expect(value).toBe(true);
    expect(await loggedOut()).toMatchObject({ iss: service.issuer, sub: card.careId });
  },
  async backchannel_logout_session_supported(value: boolean) {
    expect(value).toBe(true);
    expect((await loggedOut())['sid']).toEqual(expect.any(String));
  },
  async ui_locales_supported(value: string[]) {
    expect(value).toEqual(['en']);
    for (const ui_locales of ['en', 'cy']) {
      const page = await anHttpBrowser().get(await system.url({ ui_locales }));
      expect(page).toMatchObject({ status: 200, title: 'Sign in to Oak system', text: expect.stringMatching(/<html lang="en"/) });
    }
  },
};

/** What a system is told when somebody who was let in signs out. */
async function loggedOut() {
  const told: string[] = [];
  const server = createServer((req, res) => {
    req.on('data', (part: Buffer) => told.push(part.toString()));
    req.on('end', () => res.end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const backchannel_logout_uri = `http://localhost:${(server.address() as AddressInfo).port}/signed-out`;
  const one = await aRelyingSystem(service, elm.code, { backchannel_logout_uri });
  const another = anHttpBrowser({ stopAt: callback });
  const given = await one.tokens(card, {}, another);
  const page = await another.get(openid.buildEndSessionUrl(one.configuration, { id_token_hint: given.id_token! }).href);
  const [action, xsrf] = [/action="([^"]+)"/, /name="xsrf" value="([^"]+)"/].map((each) => each.exec(page.text)![1]!);
  await another.post(action!, { xsrf: xsrf!, logout: 'yes' });
  server.close();
  const token = decodeJwt(new URLSearchParams(told.join('')).get('logout_token')!);
  expect(token['sid']).toBe(given.claims()!['sid']);
  return token;
}

test('the document has the members that are proved here, and no others', () => {
  expect(sorted(Object.keys(said))).toEqual(sorted(Object.keys(proofs)));
});

test.each(Object.keys(proofs))('%s is exactly true', (member) => proofs[member]!(said[member] as never));
