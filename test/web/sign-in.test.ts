import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { KeptFormRow } from '../../db/sign-in/kept-form.ts';
import { SmartcardRow } from '../../db/smartcard/smartcard.ts';
import { csrfFor } from '../../web/sign-in/csrf.ts';
import { ownPath } from '../../web/sign-in/routes.ts';
import { anOrganisation, type Organisation } from '../support/database.ts';
import { anHttpBrowser, type HttpBrowser } from '../support/http-browser.ts';
import { redisUrl, signInWithCard, type SignInService, startSignIn, type TestCard } from '../support/sign-in.ts';

let service: SignInService;
let web: string;
let elm: Organisation;
beforeAll(async () => {
  service = await startSignIn();
  web = service.urls.web;
  await Promise.all([service.processes.authentication(), service.processes.web()]);
}, 90_000);
afterAll(() => service.stop());
beforeEach(async () => void (elm = await anOrganisation(service.orm)));

async function aSignedIn(person: string): Promise<{ browser: HttpBrowser; card: TestCard }> {
  const browser = anHttpBrowser();
  const card = await service.aCard(person);
  await signInWithCard(service, browser, card, web);
  return { browser, card };
}
const cookieOf = (browser: HttpBrowser, name: string) => browser.cookies().find((each) => each.name === name)?.value ?? '';
/** What a page shown to this person in this browser carries. */
const csrfOf = (browser: HttpBrowser, person?: string) => csrfFor(service.sessionKey, cookieOf(browser, 'care_web_browser'), person);
const endSession = (card: TestCard) => service.orm.em.fork().nativeUpdate(SmartcardRow, { id: card.id }, { generation: 2 });
const isSignInPage = (title: string) => title === 'Sign in to Care Identity Service';
const path = () => `/position-requests/${randomUUID()}/decision`;

test('a page asks for a sign-in, and is what one comes back to', async () => {
  const browser = anHttpBrowser();
  const card = await service.aCard(elm.agent);
  const page = await signInWithCard(service, browser, card, `${web}/?from=mail`);
  expect(page.url).toBe(`${web}/?from=mail`);
  expect(page.text).toContain('Aisha Khan');
  expect((await browser.once(`${web}/sign-in?returnTo=/x`)).headers.get('location')).toBe('/x');
});

test.each([
  ['//evil.example/x', '/'],
  ['https://evil.example', '/'],
  ['/\\evil.example', '/'],
  ['javascript:alert(1)', '/'],
  ['/\t/evil.example', '/'],
  ['/.//evil.example/x', '/'],
  ['/x/..//evil.example', '/'],
  ['/people?page=2', '/people?page=2'],
  [undefined, '/'],
])('a link that says to go on to %s goes to %s', (given, to) => {
  expect(ownPath(given, 'https://care.example')).toBe(to);
});

test('cookies are this site’s alone, no script reads them, and a session that was planted is not the one signed in to', async () => {
  const browser = anHttpBrowser();
  const first = await browser.once(`${web}/sign-in`);
  for (const cookie of first.headers.getSetCookie()) expect(cookie).toMatch(/HttpOnly; SameSite=Lax/i);
  const planted = cookieOf(browser, 'care_web');
  await signInWithCard(service, browser, await service.aCard(elm.agent), web);
  expect(cookieOf(browser, 'care_web')).not.toBe(planted);
});

test('what was typed while the session ended is there again after signing in, for the same person only', async () => {
  const { browser, card } = await aSignedIn(elm.agent);
  const action = path();
  const form = { _csrf: csrfOf(browser, elm.agent), key: 'k-1', decision: 'reject', text: 'Not <b>this</b> ward' };
  await endSession(card);
  const asked = await browser.once(`${web}${action}`, { method: 'POST', body: new URLSearchParams(form) });
  expect(asked.headers.get('location')).toMatch(/^\/sign-in\?returnTo=%2Fresume%2F/);
  const [kept] = await service.orm.em.fork().find(KeptFormRow, { person: elm.agent }, { orderBy: { keptAt: -1 } });
  expect(kept!.sealed.toString('latin1')).not.toContain('ward');

  const other = await aSignedIn(elm.manager);
  expect((await other.browser.get(`${web}/resume/${kept!.id}`)).status).toBe(404);

  const page = await signInWithCard(service, browser, card, `${web}${asked.headers.get('location')!}`);
  expect(page.title).toBe('You were signed out, and nothing is lost');
  expect(page.text).toContain(`action="${action}"`);
  for (const text of ['name="key" value="k-1"', 'value="reject"', 'Not &lt;b&gt;this&lt;/b&gt; ward']) expect(page.text).toContain(text);
});

test.each([
  ['no proof', () => ''],
  [
    'a proof of another browser',
    (browser: HttpBrowser) => (browser.forget('care_web_browser'), csrfFor(service.sessionKey, 'A'.repeat(22), elm.agent)),
  ],
  ['a proof for another person', (browser: HttpBrowser) => csrfOf(browser, elm.manager)],
  ['a proof that was altered', (browser: HttpBrowser) => csrfOf(browser, elm.agent).replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))],
])('a form with %s is refused, and nothing is kept', async (_what, csrf) => {
  const { browser } = await aSignedIn(elm.agent);
  const answer = await browser.once(`${web}${path()}`, { method: 'POST', body: new URLSearchParams({ _csrf: csrf(browser), key: 'k' }) });
  expect(answer.status).toBe(400);
  expect(await service.orm.em.fork().count(KeptFormRow, { person: { $in: [elm.agent, elm.manager] } })).toBe(0);
});

test('Redis emptied: people sign in again, and what they typed meanwhile is theirs still', async () => {
  const { browser, card } = await aSignedIn(elm.agent);
  const csrf = csrfOf(browser, elm.agent);
  const redis = new Redis(redisUrl());
  await redis.flushdb();
  await redis.quit();
  const asked = await browser.once(`${web}${path()}`, {
    method: 'POST',
    body: new URLSearchParams({ _csrf: csrf, key: 'k', text: 'Ward 3' }),
  });
  const page = await signInWithCard(service, browser, card, `${web}${asked.headers.get('location')!}`);
  expect(page.title).toBe('You were signed out, and nothing is lost');
  expect(page.text).toContain('Ward 3');
});

test('a sign-in that ended elsewhere ends here, at the next page', async () => {
  const { browser, card } = await aSignedIn(elm.agent);
  expect(isSignInPage((await browser.get(web)).title)).toBe(false);
  await endSession(card);
  expect(isSignInPage((await browser.get(web)).title)).toBe(true);
});

test('signing out here signs out everywhere', async () => {
  const { browser } = await aSignedIn(elm.agent);
  const asked = await browser.get(`${web}/sign-out`);
  expect(asked.title).toBe('Do you want to sign out?');
  const [action, xsrf] = [/action="([^"]+)"/.exec(asked.text)![1]!, /name="xsrf" value="([^"]+)"/.exec(asked.text)![1]!];
  const page = await browser.post(action, { xsrf, logout: 'yes' });
  expect(page.url).toBe(`${web}/signed-out`);
  expect(isSignInPage((await browser.get(web)).title)).toBe(true);
});

test('Redis holds nobody’s name and no id in clear', async () => {
  await aSignedIn(elm.agent);
  const redis = new Redis(redisUrl());
  const keys = [...(await redis.keys('web-session:*')), ...(await redis.keys('oidc:*'))];
  for (const key of keys) {
    const type = await redis.type(key);
    const value = type === 'hash' ? JSON.stringify(await redis.hgetall(key)) : type === 'string' ? await redis.get(key) : '';
    for (const text of ['Aisha', 'Khan', elm.agent]) expect(`${key}${value}`).not.toContain(text);
  }
  await redis.quit();
  expect(keys.length).toBeGreaterThan(2);
});
