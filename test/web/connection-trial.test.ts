/** Trying a connected system: a real sign-in with its settings, shown step by step to whoever looks after it. */
import { AuditRow } from '../../db/audit.ts';
import { recordClientState } from '../../db/client/client.ts';
import { trialOf } from '../../domain/client.ts';
import { aConnection, aConnectionManager, inDays } from '../support/connection.ts';
import { anOrganisation, type Organisation } from '../support/database.ts';
import { anHttpBrowser, type HttpBrowser } from '../support/http-browser.ts';
import { signInWithCard, type SignInService, startSignIn, type TestCard, useCard } from '../support/sign-in.ts';

let service: SignInService;
let web: string;
let elm: Organisation;
let browser: HttpBrowser;
let card: TestCard;
let noah: string;
beforeAll(async () => {
  service = await startSignIn();
  web = service.urls.web;
  await Promise.all([service.processes.authentication(), service.processes.web()]);
}, 90_000);
afterAll(() => service.stop());
beforeEach(async () => {
  elm = await anOrganisation(service.orm);
  noah = await aConnectionManager(service.orm, elm.trust);
  browser = anHttpBrowser();
  card = await service.aCard(noah);
  await signInWithCard(service, browser, card, web);
});

const plain = (html: string) =>
  html
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&quot;', '"')
    .replace(/\s+/g, ' ');
const scope = 'openid profile nationalrbacaccess selectedrole';

test('a sign-in of the system, step by step and claim by claim; nothing of it is kept, and it is audited', async () => {
  const id = await aConnection(service.orm, { organisation: elm.code, settings: { scope, organisations: [elm.trust] } });
  expect((await browser.get(`${web}/connections/${id}`)).text).toContain(`/connections/${id}/trial"`);
  expect((await browser.get(`${web}/connections/${id}/trial`)).text).toContain('The system itself learns nothing of it');
  const seen = await browser.get(`${web}/connections/${id}/trial/sign-in`);
  expect(seen.title).toBe('You signed in to Oak records');
  expect(seen.headers.get('cache-control')).toContain('no-store');
  const text = plain(seen.text);
  expect(text).toMatch(/1\. You were sent to sign in client_id try\..* scope openid profile nationalrbacaccess selectedrole/);
  expect(text).toMatch(/2\. You came back code good once.* iss http/);
  expect(text).toMatch(/3\. It changed the code for tokens.* token_type bearer .* signed with RS256/i);
  expect(text).toMatch(new RegExp(`Claims of the ID token .*"sub": "${card.careId}".*Claims of userinfo .*"family_name": "Fraser"`));
  expect(text).toContain(`"org_code": "${elm.trust}"`);
  expect((await browser.get(seen.url)).title).toBe('There is nothing to show');
  const told = await service.orm.em.fork().find(AuditRow, { what: 'token.issue', who: noah });
  expect(told.map(({ detail }) => detail['client'])).toContain(trialOf(id));
});

test('what is demanded of the system is demanded of its trial: pushed requests, DPoP, ES256, a fresh sign-in', async () => {
  const settings = { scope, fapi: true, id_token_signed_response_alg: 'ES256', userinfo_signed_response_alg: 'ES256' } as const;
  const id = await aConnection(service.orm, {
    organisation: elm.code,
    settings: { ...settings, pkce_required: true, require_pushed_authorization_requests: true, dpop_bound_access_tokens: true },
  });
  const page = await browser.get(`${web}/connections/${id}/trial/sign-in?prompt=login`);
  expect(page.title).toMatch(/^Sign in/);
  const seen = await useCard(service, browser, { card, page });
  expect(seen.title).toBe('You signed in to Oak records');
  expect(plain(seen.text)).toMatch(/token_type dpop .* signed with ES256.* answered_as ES256/i);
});

test('a refusal is shown where it happened', async () => {
  const id = await aConnection(service.orm, { organisation: elm.code, settings: { scope }, reviewOn: inDays(30) });
  await browser.once(`${web}/connections/${id}/trial/sign-in`);
  const seen = await browser.get(`${web}/connections/trial/callback?error=access_denied&state=other`);
  expect(seen.title).toBe('The sign-in to Oak records came to nothing');
  expect(seen.text).toContain('It ended here');
});

test('nobody else tries it, no system that is off, and none by an address of its own', async () => {
  const id = await aConnection(service.orm, { organisation: elm.code, settings: { scope } });
  const theirs = await aConnection(service.orm, { organisation: (await anOrganisation(service.orm)).code, settings: { scope } });
  expect((await browser.get(`${web}/connections/${theirs}/trial`)).status).toBe(404);
  const other = anHttpBrowser();
  await signInWithCard(service, other, await service.aCard(elm.agent), web);
  expect((await other.get(`${web}/connections/${id}/trial/sign-in`)).status).toBe(403);
  expect((await other.get(`${web}/connections/trial/callback`)).status).toBe(403);

  const direct = new URL(`${service.issuer}/authorize`);
  const asked = { client_id: trialOf(id), response_type: 'code', scope: 'openid', redirect_uri: 'https://oak.example/callback' };
  direct.search = new URLSearchParams(asked).toString();
  const refused = await browser.get(direct.href);
  expect([refused.status, refused.url.startsWith(service.issuer)]).toEqual([400, true]);

  const cause = { id: `test/off/${id}`, at: new Date(), who: noah, via: 'web' as const, caseId: null };
  await service.orm.em.fork().transactional((tx) => recordClientState(tx, cause, id, 'off'));
  expect((await browser.get(`${web}/connections/${id}/trial/sign-in`)).status).toBe(409);
});
