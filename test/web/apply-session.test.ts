import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { createUploads } from '../../pages/upload.ts';
import { createWeb } from '../../web/app.ts';
import { setUpSession, visitors } from '../../web/session.ts';
import { ApplicationRow } from '../../db/application/application.ts';
import { aPhotograph, anEmployerLink, hiddenIn } from '../support/apply.ts';
import { anOrganisation, type Organisation } from '../support/database.ts';
import { keyIn } from '../support/edges.ts';
import { anHttpBrowser, type HttpBrowser } from '../support/http-browser.ts';
import { serve } from '../support/serve.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let elm: Organisation;
let redis: Redis;
let site: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => {
  service = await startService();
  elm = await anOrganisation(service.orm);
  redis = new Redis(process.env['TEST_REDIS_URL']!);
  const session = { orm: service.orm, redis, key: randomBytes(32), url: 'http://localhost' };
  const app = createWeb(
    { ...service.deps, ...visitors(session), uploads: createUploads(16) },
    { serviceName: 'Care Identity Service', https: false },
    (web) => setUpSession(web, session),
  );
  site = await serve(app);
});
afterAll(async () => {
  await site.close();
  await redis.quit();
  await service.stop();
});

const csrfIn = (html: string) => /name="_csrf" value="([^"]+)"/.exec(html)![1]!;
const em = () => service.orm.em.fork();
const cookie = (browser: HttpBrowser, name: string) => browser.cookies().find((each) => each.name === name)?.value;

/** Opens a page and sends its form, as a browser does. */
async function fill(browser: HttpBrowser, path: string, fields: Record<string, string> = {}, to = path) {
  const page = await browser.get(`${site.url}${path}`);
  return browser.post(`${site.url}${to}`, { _csrf: csrfIn(page.text), key: keyIn(page.text), ...fields });
}

async function attach(browser: HttpBrowser, path: string, field: string) {
  const page = await browser.get(`${site.url}${path}`);
  const form = new FormData();
  form.set('_csrf', csrfIn(page.text));
  form.set('key', keyIn(page.text));
  form.set(field, new Blob([new Uint8Array(await aPhotograph())]), 'photograph.jpg');
  return browser.once(`${site.url}${path}`, { method: 'POST', body: form });
}

test('a real browser keeps its draft without a session, gets one when it is sent in, and forgets it on request', async () => {
  const browser = anHttpBrowser();
  const link = await anEmployerLink(service.deps, elm.code);
  expect((await fill(browser, `/apply/invitation/${link}`)).url).toBe(`${site.url}/apply/name`);
  await fill(browser, '/apply/name', { givenName: 'Zoë', familyName: "O'Néill" });
  await fill(browser, '/apply/date-of-birth', { day: '29', month: '2', year: '1996' });
  await fill(browser, '/apply/national-insurance-number', { has: 'yes', number: 'AB123456C' });
  await fill(browser, '/apply/contact', { email: 'zoe@example.org', mobile: '07700900123' });
  await fill(browser, '/apply/job', { job: 'Nurse' });
  const { url } = await fill(browser, '/apply/documents/new', { type: 'tenancy-agreement' });
  await fill(browser, new URL(url).pathname, { issuer: 'A landlord', issuedDay: '1', issuedMonth: '2', issuedYear: '2026' });
  expect((await attach(browser, `${new URL(url).pathname}/photographs`, 'photographs')).status).toBe(303);
  expect((await attach(browser, '/apply/photograph', 'photograph')).status).toBe(303);
  await fill(browser, '/apply/email-code');
  const { id } = await em().findOneOrFail(ApplicationRow, { organisation: elm.code });
  await fill(browser, '/apply/email-code/enter', { code: (await hiddenIn(service.deps, id, 'application-code')).code! });
  expect(cookie(browser, 'care_web')).toBeUndefined();

  const check = await browser.get(`${site.url}/apply/check`);
  const form = { _csrf: csrfIn(check.text), key: keyIn(check.text), declared: 'yes' };
  expect(await browser.post(`${site.url}/apply/check`, form)).toMatchObject({ url: `${site.url}/apply/sent`, status: 200 });
  const session = cookie(browser, 'care_web');
  expect(session).toBeDefined();
  expect((await browser.get(`${site.url}/apply/status`)).text).toContain('Waiting for your organisation');

  // Nothing of what was typed is in Redis.
  const kept = await Promise.all((await redis.keys('web-session:*')).map((key) => redis.get(key)));
  expect(kept.length).toBeGreaterThan(0);
  for (const words of ['Néill', 'zoe@', 'AB123456C', id]) expect(kept.join()).not.toContain(words);

  const before = cookie(browser, 'care_web_browser');
  expect((await fill(browser, '/apply/status', {}, '/apply/leave')).url).toBe(`${site.url}/apply/left`);
  expect((await browser.get(`${site.url}/apply/status`)).url).toBe(`${site.url}/apply`);
  expect(cookie(browser, 'care_web_browser')).not.toBe(before);
  // Going back and sending the form again does not open it.
  const again = await browser.post(`${site.url}/apply/check`, form);
  expect(again.status).toBe(400);
  expect((await browser.get(`${site.url}/apply/status`)).url).toBe(`${site.url}/apply`);
});

test('a session that somebody planted is not the one a code opens', async () => {
  const [row] = await em().find(ApplicationRow, { organisation: elm.code });
  const { link } = await hiddenIn(service.deps, row!.id, 'application-received');
  const [victim, attacker] = [anHttpBrowser(), anHttpBrowser()];
  await em().execute(`update email_code set sent_at = sent_at - interval '1 minute'`);
  await fill(victim, `/apply/return/${link}`);
  const { code } = await hiddenIn(service.deps, row!.id, 'application-code');
  const opened = await fill(victim, `/apply/return/${link}/code`, { code: code! });
  expect(opened.url).toBe(`${site.url}/apply/status`);
  const session = cookie(victim, 'care_web');

  // The same person comes back another time: another session each time.
  await em().execute(`update email_code set sent_at = sent_at - interval '1 minute'`);
  await fill(victim, `/apply/return/${link}`);
  await fill(victim, `/apply/return/${link}/code`, { code: (await hiddenIn(service.deps, row!.id, 'application-code')).code! });
  expect(cookie(victim, 'care_web')).not.toBe(session);
  attacker.cookies().push({ name: 'care_web', value: session!, path: '/' });
  expect((await attacker.get(`${site.url}/apply/status`)).url).toBe(`${site.url}/apply`);
});

test('a form of another site is refused', async () => {
  const browser = anHttpBrowser();
  const link = await anEmployerLink(service.deps, elm.code);
  const { status, text } = await browser.post(`${site.url}/apply/invitation/${link}`, { key: 'k', _csrf: 'forged' });
  expect(status).toBe(400);
  expect(text).toContain('did not come from this service');
});
