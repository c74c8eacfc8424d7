import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { AuditRow } from '../../db/audit.ts';
import { AuthenticatorRow } from '../../db/sign-in/authenticator.ts';
import { SignInRow } from '../../db/sign-in/sign-in.ts';
import { anOrganisation, aPerson, type Organisation } from '../support/database.ts';
import { anHttpBrowser, type HttpBrowser } from '../support/http-browser.ts';
import { acceptTerms, type SignInService, startSignIn, toSignInPage, useCard } from '../support/sign-in.ts';

let service: SignInService;
let elm: Organisation;
let own: string;
beforeAll(async () => {
  service = await startSignIn();
  own = `${service.urls.authentication}/authenticators`;
  await Promise.all([service.processes.authentication(), service.processes.relyingParty()]);
}, 60_000);
afterAll(() => service.stop());
beforeEach(async () => void (elm = await anOrganisation(service.orm)));

async function aSignedIn(): Promise<{ person: string; browser: HttpBrowser; key: string }> {
  const person = await aPerson(service.orm, { organisation: elm.code });
  const browser = anHttpBrowser();
  const page = await useCard(service, browser, { card: await service.aCard(person), page: await browser.get(own) });
  expect((await acceptTerms(browser, page)).title).toBe('Your authenticators');
  return { person, browser, key: await aKey(person) };
}
async function aKey(person: string): Promise<string> {
  const id = randomUUID();
  const made = { kind: 'security-key' as const, name: 'Blue key', credentialId: id, publicKey: Buffer.from('x'), counter: 0 };
  const more = { transports: [], aaguid: randomUUID(), backedUp: false, createdAt: new Date() };
  await service.orm.em.fork().insert(AuthenticatorRow, { id, person, ...made, ...more });
  return id;
}
const rowOf = (id: string) => service.orm.em.fork().findOneOrFail(AuthenticatorRow, { id });
const grow = (person: string, minutes: number) =>
  service.orm.em.fork().nativeUpdate(SignInRow, { person }, { startedAt: new Date(Date.now() - minutes * 60_000) });

test('a person sees, names and removes their own; each change is kept', async () => {
  const { person, browser, key } = await aSignedIn();
  expect((await browser.get(own)).text).toContain('Blue key');
  expect((await browser.post(`${own}/${key}/name`, { name: '  <Green> key ' })).text).toContain('&lt;Green&gt; key');
  expect((await browser.post(`${own}/${key}/name`, { name: '' })).status).toBe(400);
  expect((await browser.get(`${own}/${key}/remove`)).text).toContain('This is your last one');
  expect((await browser.post(`${own}/${key}/remove`, {})).text).toContain('You have none yet');
  expect((await rowOf(key)).removedAt).toBeInstanceOf(Date);
  const kept = await service.orm.em.fork().find(AuditRow, { subjectId: person, what: /^authenticator\./ }, { orderBy: { at: 1 } });
  expect(kept.map(({ what }) => what)).toEqual(['authenticator.name', 'authenticator.remove']);
});

test('another person’s looks missing, and what is no id too', async () => {
  const { browser } = await aSignedIn();
  const other = await aSignedIn();
  for (const id of [other.key, randomUUID(), 'abc']) {
    expect((await browser.post(`${own}/${id}/name`, { name: 'Mine' })).status).toBe(404);
    expect((await browser.post(`${own}/${id}/remove`, {})).status).toBe(404);
  }
  expect(await rowOf(other.key)).toMatchObject({ name: 'Blue key', removedAt: null });
});

test('adding and removing ask for a sign-in less than five minutes old; looking does not', async () => {
  const { person, browser, key } = await aSignedIn();
  await grow(person, 6);
  expect((await browser.get(own)).title).toBe('Your authenticators');
  expect((await browser.get(`${own}/add/security-key`)).title).toBe('Sign in to your authenticators');
  expect((await browser.post(`${own}/${key}/remove`, {})).title).toBe('Sign in to your authenticators');
  expect((await rowOf(key)).removedAt).toBeNull();
  await grow(person, 4);
  expect((await browser.get(`${own}/add/security-key`)).title).toBe('Add a security key');
});

test.each([
  ['no JSON', 'x', 'could not be read'],
  ['another shape', '{"id":"AAAA"}', 'could not be read'],
  ['a credential nobody registered', assertion(), 'not known here'],
])('a sign-in with %s is refused in words', async (_what, response, words) => {
  const browser = anHttpBrowser();
  const page = await toSignInPage(service, browser);
  await browser.json(`${page.url}/security-key/options`);
  const answer = await browser.post(`${page.url}/security-key`, { response });
  expect(answer.status).toBe(400);
  expect(answer.text).toContain(words);
});

test('a credential that is registered does not pass with a signature of somebody else', async () => {
  const { person, key } = await aSignedIn();
  const browser = anHttpBrowser();
  const page = await toSignInPage(service, browser);
  await browser.json(`${page.url}/security-key/options`);
  await service.orm.em.fork().nativeUpdate(AuthenticatorRow, { id: key }, { credentialId: 'AAAABBBB' + key.slice(0, 8) });
  const answer = await browser.post(`${page.url}/security-key`, { response: assertion('AAAABBBB' + key.slice(0, 8)) });
  expect(answer.text).toContain('could not be checked');
  const [failed] = await service.orm.em.fork().find(AuditRow, { what: 'sign-in.fail' }, { orderBy: { at: -1 }, limit: 1 });
  expect(failed).toMatchObject({ who: 'unknown', detail: { reason: 'NOT_PROVED', authenticator: key } });
  expect(await service.orm.em.fork().count(SignInRow, { person, method: 'security-key' })).toBe(0);
});

test('a form that another site makes a browser send is refused', async () => {
  const { browser, key } = await aSignedIn();
  for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }]) {
    expect((await browser.post(`${own}/${key}/remove`, {}, headers)).status).toBe(400);
  }
  expect((await rowOf(key)).removedAt).toBeNull();
});

test('pages cannot be framed, run no script but ours, and answer under their own name only', async () => {
  const page = await anHttpBrowser().get(`${service.urls.relyingParty}/sign-in`);
  const policy = page.headers.get('content-security-policy')!;
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toMatch(/unsafe-inline|unsafe-eval/);
  expect(policy).toContain(`form-action 'self' ${service.urls.relyingParty}`);
  const { port } = new URL(service.urls.authentication);
  const status = await new Promise((resolve, reject) => {
    const asked = request({ port, path: '/authenticators', headers: { host: 'evil.example' } }, ({ statusCode }) => resolve(statusCode));
    asked.on('error', reject).end();
  });
  expect(status).toBe(421);
});

test('an authentication process killed in the middle of a sign-in goes on where it was when it is back', async () => {
  const killed = await startSignIn();
  try {
    const [first] = await Promise.all([killed.processes.authentication(), killed.processes.relyingParty()]);
    const browser = anHttpBrowser();
    const card = await killed.aCard(await aPerson(killed.orm, { organisation: elm.code }));
    const page = await toSignInPage(killed, browser);
    await first.kill();
    await killed.processes.authentication();
    const terms = await useCard(killed, browser, { card, page });
    expect((await acceptTerms(browser, terms)).title).toBe('You are signed in');
  } finally {
    await killed.stop();
  }
}, 90_000);

/** What a browser would send, with a signature that fits nothing. */
function assertion(id = 'AAAAAAAAAAAAAAAA'): string {
  const clientDataJSON = Buffer.from(JSON.stringify({ type: 'webauthn.get', challenge: 'x', origin: 'http://localhost' })).toString(
    'base64url',
  );
  const response = { authenticatorData: Buffer.alloc(37).toString('base64url'), clientDataJSON, signature: 'AAAA' };
  return JSON.stringify({ id, rawId: id, type: 'public-key', clientExtensionResults: {}, response });
}
