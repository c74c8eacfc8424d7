import request from 'supertest';
import { ApplicationRow } from '../../db/application/application.ts';
import { AuditRow } from '../../db/audit.ts';
import { OpenCaseRow } from '../../db/open-case/open-case.ts';
import { forgetAddresses } from '../support/application.ts';
import { anOrganisation, type Organisation } from '../support/database.ts';
import {
  aBrowser,
  addPassport,
  anEmployerLink,
  anInvitation,
  answerAll,
  fillIn,
  finish,
  hiddenIn,
  ownDraft,
  sent,
} from '../support/apply.ts';
import { webAs } from '../support/edges.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let elm: Organisation;
beforeAll(async () => void (service = await startService()));
afterAll(() => service.stop());
beforeEach(async () => void (elm = await anOrganisation(service.orm)));

const rowOf = (id: string) => service.orm.em.fork().findOneOrFail(ApplicationRow, { id });

test('somebody with a link answers one question after another, sends them, and gets a reference', async () => {
  const browser = aBrowser(service.deps);
  await fillIn(service.deps, browser, elm.code);
  const { text } = await browser.get('/apply/check').expect(200);
  expect(text).toContain('O&#39;Néill');
  expect(text).toContain('AB 12 34 56 C');
  for (const said of ['Passport number: 123456789', 'Country that issued it: Utopia', 'Expires 1 February 2031', '1 photograph'])
    expect(text).toContain(said);

  expect(await sent(browser.send('/apply/check', { declared: 'yes' }))).toBe('/apply/sent');

  const id = browser.caller.id;
  const row = await rowOf(id);
  expect(row).toMatchObject({ state: 'submitted', version: 2, evidenceVersion: 1, dateOfBirth: '1996-02-29', organisation: elm.code });
  const page = await browser.get('/apply/sent').expect(200);
  expect(page.text).toContain(`${row.reference.slice(0, 5)} ${row.reference.slice(5)}`);
  expect(await service.orm.em.fork().findOne(OpenCaseRow, { id })).toMatchObject({
    kind: 'identity-proofing',
    stage: 'not-expected',
    waitsFor: 'sponsor',
  });
  expect(await hiddenIn(service.deps, id, 'application-received')).toEqual({ link: expect.stringMatching(/^[\w-]{43}$/) });
  const audit = await service.orm.em.fork().find(AuditRow, { subjectId: id });
  expect(audit.every(({ who }) => who === id)).toBe(true);
});

test('the same form twice sends it in once; a lost session of this browser opens nothing', async () => {
  const browser = aBrowser(service.deps);
  await fillIn(service.deps, browser, elm.code);
  const before = browser.caller.id;
  const { id } = await ownDraft(service.deps, browser);
  await sent(browser.send('/apply/check', { declared: 'yes' }, 'k-1'));
  browser.caller.id = before; // the answer was lost on its way
  await sent(browser.send('/apply/check', { declared: 'yes' }, 'k-1'));
  expect(browser.caller.id).toBe(id);
  expect(await service.orm.em.fork().count(AuditRow, { subjectId: id, what: 'application.submit' })).toBe(1);

  browser.caller.id = before;
  await browser.get('/apply/status').expect(303).expect('Location', '/apply');
  await browser.send('/apply/withdraw', { sure: 'yes' }).expect(404);
});

test('the link opened again offers to go on with what was begun, and to whoever is new to begin', async () => {
  const browser = aBrowser(service.deps);
  const link = await anEmployerLink(service.deps, elm.code);
  await answerAll(browser, link);
  const { text } = await browser.get(`/apply/invitation/${link}`).expect(200, /You began this application already.*Go on with it/s);
  expect(text).not.toContain('Start now');
  await aBrowser(service.deps)
    .get(`/apply/invitation/${link}`)
    .expect(200, /Start now/);
  const elsewhere = await anEmployerLink(service.deps, (await anOrganisation(service.orm)).code);
  await browser.get(`/apply/invitation/${elsewhere}`).expect(200, /Start now/);
});

test('each question left open is asked, in order, and nothing can be sent before', async () => {
  const browser = aBrowser(service.deps);
  await answerAll(browser, await anEmployerLink(service.deps, elm.code));
  await browser.get('/apply/check').expect(303).expect('Location', '/apply/documents');
  await browser.get('/apply/documents').expect(200, /You need at least one to go on/);
  await browser.send('/apply/check', { declared: 'yes' }).expect(303); // the page goes on to what is open
  expect((await rowOf((await ownDraft(service.deps, browser)).id)).state).toBe('draft');
  await addPassport(browser);
  await browser.get('/apply/check').expect(303).expect('Location', '/apply/photograph');
});

test.each([
  ['a lone letter', { familyName: 'Ó' }],
  ['a hundred letters', { familyName: 'x'.repeat(100) }],
  ['one name only', { familyName: 'Suharto' }],
  ['markup', { givenName: '<b>Bob</b>', familyName: '"><script>alert(1)</script>' }],
  ['an apostrophe and accents', { givenName: "D'Árcy", familyName: 'Nuñez-O’Hara' }],
])('a name that is %s is taken, and shown as it is', async (_what, name) => {
  const browser = aBrowser(service.deps);
  await sent(browser.send(`/apply/invitation/${await anEmployerLink(service.deps, elm.code)}`, {}));
  expect(await sent(browser.send('/apply/name', name))).toBe('/apply/date-of-birth');

  const row = await rowOf((await ownDraft(service.deps, browser)).id);
  expect(row.familyName).toBe(name.familyName);
  const { text } = await browser.get('/apply/name').expect(200);
  expect(text).not.toContain('<script>alert');
  expect(text).toContain(
    `value="${name.familyName.replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll("'", '&#39;')}"`,
  );
});

test.each([
  ['/apply/name', {}, 'familyName', 'Enter your family name, or your only name'],
  ['/apply/name', { familyName: 'x'.repeat(101) }, 'familyName', 'Family name must be 100 letters or fewer'],
  ['/apply/date-of-birth', { day: '30', month: '2', year: '1990' }, 'day', 'Date of birth must be a real date'],
  ['/apply/date-of-birth', { day: '1', month: '2', year: '2024' }, 'day', 'You must be at least 14 years old'],
  ['/apply/date-of-birth', { day: '1', month: '2' }, 'year', 'Date of birth must include a year'],
  ['/apply/national-insurance-number', {}, 'has', 'Select whether you have a National Insurance number'],
  ['/apply/national-insurance-number', { has: 'yes', number: 'AB12' }, 'number', 'National Insurance number must be'],
  ['/apply/national-insurance-number', { has: 'no' }, 'reason', 'Select why you do not have a National Insurance number'],
  ['/apply/contact', { email: 'nobody', mobile: '07700900123' }, 'email', 'Enter an e-mail address in the correct format'],
  ['/apply/contact', { email: 'a@example.org', mobile: '1' }, 'mobile', 'Enter a mobile number'],
  ['/apply/job', { job: ' ' }, 'job', 'Enter the job you are joining for'],
  ['/apply/documents/new', {}, 'type', 'Select which document you want to add'],
] as const)('%s with %j comes back, pointing at %s', async (path, fields, field, words) => {
  const browser = aBrowser(service.deps);
  await sent(browser.send(`/apply/invitation/${await anEmployerLink(service.deps, elm.code)}`, {}));
  const { text } = await browser.send(path, fields).expect(400);
  expect(text).toContain('<title>Error: ');
  expect(text).toContain(`<a href="#${field}">${words}`);
  expect(text).toContain(`id="${field}"`);
  for (const typed of Object.values(fields).filter((value) => value.trim().length > 1 && value !== 'yes' && value !== 'no'))
    expect(text).toContain(typed);
});

test('an unknown field is refused, and nothing is saved', async () => {
  const browser = aBrowser(service.deps);
  await sent(browser.send(`/apply/invitation/${await anEmployerLink(service.deps, elm.code)}`, {}));
  await browser.send('/apply/name', { familyName: 'Ito', state: 'verified' }).expect(400);
  expect((await rowOf((await ownDraft(service.deps, browser)).id)).familyName).toBeNull();
});

test('somebody without a National Insurance number says why', async () => {
  const browser = aBrowser(service.deps);
  await answerAll(browser, await anEmployerLink(service.deps, elm.code));
  await sent(browser.send('/apply/national-insurance-number', { has: 'no', reason: 'applied-for' }));
  expect(await rowOf((await ownDraft(service.deps, browser)).id)).toMatchObject({
    nationalInsuranceNumber: null,
    noNumberReason: 'applied-for',
  });
});

test('nobody sees another’s draft, document or photograph; staff see no draft', async () => {
  const mine = aBrowser(service.deps);
  await answerAll(mine, await anEmployerLink(service.deps, elm.code));
  const page = await addPassport(mine);
  const photo = /apply\/photos\/([0-9a-f-]{36})/.exec((await mine.get(`${page}/photographs`).expect(200)).text)![1]!;
  await mine.get(`/apply/photos/${photo}`).expect(200).expect('Content-Type', 'image/jpeg').expect('Cache-Control', 'no-store');

  const other = aBrowser(service.deps);
  await answerAll(other, await anEmployerLink(service.deps, elm.code));
  await other.get(page).expect(404);
  await other.get(`/apply/photos/${photo}`).expect(404);
  await other.send(`${page}/removal`, {}).expect(404);
  await other.get('/apply/documents/not-an-id').expect(404);
  const { id } = await ownDraft(service.deps, mine);
  const staff = request(webAs(service.deps, elm.agent));
  await staff.get(`/applications/${id}`).expect(404);
  await staff.get(`/applications/photos/${photo}`).expect(404);
});

test('an altered, unknown or used link is refused, saying how to get a new one', async () => {
  const browser = aBrowser(service.deps);
  await browser.get(`/apply/invitation/${'x'.repeat(43)}`).expect(410, /Ask whoever gave it to you for a new one/);
  const rubbish = ['/apply/invitation/short', '/apply/invitation/a/b', `/apply/invitation/${'x'.repeat(43)}`, '/apply/return/short'];
  for (const path of rubbish) {
    const { text } = await browser.get(path);
    expect(text).toContain('<a href="/apply">Apply for a Care ID</a>');
    expect(text).toContain('<a href="/apply/return">Come back to an application you made before</a>');
    expect(text).not.toContain('href="/"');
  }
  await browser.get('/apply/invitation/short').expect(404);
  await browser.send(`/apply/invitation/${'x'.repeat(43)}`, {}).expect(410);
});

test('of two who send in an application with one invitation, one is refused', async () => {
  const link = await anInvitation(service.deps, elm.code);
  const [one, two] = [aBrowser(service.deps), aBrowser(service.deps)];
  for (const browser of [one, two]) {
    await forgetAddresses(service.orm.em.fork());
    await answerAll(browser, link);
    await finish(service.deps, browser);
  }
  await sent(one.send('/apply/check', { declared: 'yes' }));
  await two.send('/apply/check', { declared: 'yes' }).expect(400, /This invitation was used or cancelled before/);
});
