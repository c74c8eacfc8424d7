/** The holder's side of a Registration Authority's link, in a browser with an authenticator; and a person's own sign-ins. */
import { randomUUID } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { AuditRow } from '../../db/audit.ts';
import { codeToRead, recordEnrolment, recordEnrolmentSent, recordEnrolmentStep } from '../../db/sign-in/enrolment.ts';
import { SignInRow } from '../../db/sign-in/sign-in.ts';
import { on, openBrowser, visit } from '../support/browser.ts';
import { anOrganisation, aPerson, aRoleProfile, type Organisation } from '../support/database.ts';
import { anHttpBrowser } from '../support/http-browser.ts';
import { internalToken, signInWithCard, type SignInService, startSignIn } from '../support/sign-in.ts';

let service: SignInService;
let browser: Browser;
let elm: Organisation;
beforeAll(async () => {
  service = await startSignIn();
  [browser] = await Promise.all([openBrowser(), service.processes.authentication(), service.processes.relyingParty()]);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await service.stop();
});
beforeEach(async () => void (elm = await anOrganisation(service.orm)));

const em = () => service.orm.em.fork();
const key = Buffer.alloc(32, 3);
const causeBy = (who: string) => ({ id: `test/${randomUUID()}`, at: new Date(), who, via: 'workflow' as const, caseId: null });

/** What the workflow does up to the letter. */
async function anEnrolment(goodForMs = 15 * 60_000) {
  const person = await aPerson(service.orm, { named: 'Ada Lovelace', organisation: elm.code, termsVersion: 1 });
  await aRoleProfile(service.orm, { person, organisation: elm.code, jobRole: 'R8010' });
  const id = randomUUID();
  const asked = { id, organisation: elm.code, person, witness: elm.agent, witnessing: 'video' as const };
  await em().transactional((tx) => recordEnrolment(tx, asked, { key, expiresAt: new Date(Date.now() + goodForMs) }, causeBy(elm.agent)));
  const cause = { ...causeBy(elm.agent), at: new Date().toISOString(), via: undefined };
  const response = await fetch(`${service.urls.authentication}/internal/enrolment-links`, {
    method: 'POST',
    headers: { authorization: `Bearer ${internalToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ cause, person, enrolment: id, kind: 'registration', goodForMinutes: goodForMs / 60_000 }),
  });
  const { url } = (await response.json()) as { url: string };
  await em().transactional((tx) => recordEnrolmentSent(tx, causeBy(elm.agent), id, { url, key }));
  return { id, person, url, code: (await codeToRead(em(), id, key))! };
}
const step = (id: string, number: string) =>
  em().transactional((tx) => recordEnrolmentStep(tx, causeBy(elm.agent), id, { action: 'confirm', number }));

async function register(page: Page, { url, code }: { url: string; code: string }): Promise<string> {
  await page.goto(url);
  await on(page, 'Enter the code that is read out to you');
  await page.getByLabel('Code').fill(`${code.slice(0, 4).toLowerCase()}-${code.slice(4)}`);
  await page.getByRole('button', { name: 'Continue' }).click();
  await on(page, 'Register how you sign in');
  const devTools = await page.context().newCDPSession(page);
  await devTools.send('WebAuthn.enable');
  const options = { protocol: 'ctap2', transport: 'usb', hasResidentKey: true, hasUserVerification: true, isUserVerified: true } as const;
  await devTools.send('WebAuthn.addVirtualAuthenticator', { options: { ...options, automaticPresenceSimulation: true } });
  await page.getByRole('button', { name: 'Register your security key' }).click();
  await on(page, 'Show this number to the person with you');
  return (await page.locator('#number').innerText()).trim();
}
const signInByKey = async (page: Page) => {
  await page.goto(`${service.urls.relyingParty}/sign-in`);
  await page.getByRole('button', { name: /security key/i }).click();
};

test('what is registered by the link signs in only once the witness has typed the number', async () => {
  const enrolment = await anEnrolment();
  const { page, context } = await visit(browser);
  const number = await register(page, enrolment);
  expect(number).toMatch(/^\d{3} \d{3}$/);
  const numberPage = page.url();

  await signInByKey(page);
  await page.getByText('not known here').waitFor();
  expect(await em().count(SignInRow, { person: enrolment.person })).toBe(0);

  await page.goto(numberPage);
  await on(page, 'Show this number to the person with you');
  expect((await step(enrolment.id, number.replace(' ', ''))).enrolment.state).toBe('confirmed');
  await page.getByRole('button', { name: 'See whether it was confirmed' }).click();
  await on(page, 'You can sign in now');
  await signInByKey(page);
  await on(page, 'You are signed in');
  expect(await em().count(SignInRow, { person: enrolment.person, method: 'security-key' })).toBe(1);
  await page.goto(enrolment.url);
  await page.getByText('This link was used already').waitFor();
  await context.close();
}, 90_000);

test('the link shows nobody’s name without the code; five wrong codes end it', async () => {
  const { id, url, code } = await anEnrolment();
  const visitor = anHttpBrowser();
  const first = await visitor.get(url);
  expect(first).toMatchObject({ status: 200, title: 'Enter the code that is read out to you' });
  expect(first.text).not.toContain('Lovelace');
  expect((await visitor.json(`${url}/options`, { kind: 'security-key' })).status).toBe(403);
  expect((await visitor.post(url, { kind: 'security-key', response: '{}' })).status).toBe(403);
  expect((await visitor.post(`${url}/code`, { code: 'x' })).text).toContain('4 tries are left');
  for (const left of ['3 tries are', '2 tries are', '1 try is']) {
    const wrong = await visitor.post(`${url}/code`, { code: 'AAAA-AAAA' });
    expect(wrong).toMatchObject({ status: 400 });
    expect(wrong.text).toContain(`${left} left`);
  }
  await visitor.post(`${url}/code`, { code: 'AAAA-AAAA' });
  expect((await visitor.post(`${url}/code`, { code })).text).toContain('This registration is over');
  expect(await em().count(AuditRow, { subjectId: id, what: 'enrolment.wrong-code' })).toBe(5);
  expect(await em().count(AuditRow, { subjectId: id, what: 'enrolment.fail' })).toBe(1);
});

test('a second device with the link and the code is not let in', async () => {
  const { url, code } = await anEnrolment();
  const [one, other] = [anHttpBrowser(), anHttpBrowser()];
  expect((await one.post(`${url}/code`, { code })).title).toBe('Register how you sign in');
  expect((await other.post(`${url}/code`, { code })).text).toContain('begun on another device');
  expect((await other.get(url)).title).toBe('Enter the code that is read out to you');
  expect((await other.get(`${url}/number`)).status).toBe(404);
});

test('a link that is out of time opens nothing', async () => {
  const { url } = await anEnrolment(600);
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect((await anHttpBrowser().get(url)).text).toContain('is too old');
});

test('somebody sees where they are signed in, ends one there, and then all of them', async () => {
  const person = await aPerson(service.orm, { organisation: elm.code });
  await aRoleProfile(service.orm, { person, organisation: elm.code, jobRole: 'R8010' });
  const card = await service.aCard(person);
  const [here, there] = [anHttpBrowser(), anHttpBrowser()];
  await signInWithCard(service, here, card);
  await signInWithCard(service, there, card);
  const list = `${service.urls.authentication}/sign-ins`;
  const page = await here.get(list);
  expect(page.title).toBe('Where you are signed in');
  expect(page.text.match(/let you in to/g)).toHaveLength(2);
  expect(page.text).toContain('End all of them');

  const [newest] = await em().find(SignInRow, { person, endedAt: null }, { orderBy: { startedAt: -1 } });
  expect((await here.post(`${list}/${newest!.id}/end`, {})).text.match(/let you in to/g)).toHaveLength(1);
  expect((await here.post(`${list}/${newest!.id}/end`, {})).status).toBe(404);
  const stranger = await aPerson(service.orm, { organisation: elm.code });
  const other = anHttpBrowser();
  await signInWithCard(service, other, await service.aCard(stranger));
  const [mine] = await em().find(SignInRow, { person, endedAt: null });
  expect((await other.post(`${list}/${mine!.id}/end`, {})).status).toBe(404);

  expect((await here.post(`${list}/end`, {})).title).toBe('You are signed out here');
  expect(await em().count(SignInRow, { person, endedAt: null })).toBe(0);
  expect((await here.get(list)).title).toMatch(/^Sign in/);
  const kept = await em().find(AuditRow, { subjectId: person, what: 'sign-in.end' });
  expect(kept.map(({ who, detail }) => [who, detail['reason']])).toEqual([
    [person, 'ended-by-person'],
    [person, 'ended-by-person'],
  ]);
});
