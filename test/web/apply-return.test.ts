import { ApplicationLinkRow } from '../../db/application/application-link.ts';
import { ApplicationRow } from '../../db/application/application.ts';
import { EmailCodeRow } from '../../db/application/email-code.ts';
import { AuditRow } from '../../db/audit.ts';
import { MailRow } from '../../db/mail/mail.ts';
import { aSubmittedApplication } from '../support/application.ts';
import { anOrganisation, type Organisation } from '../support/database.ts';
import { aBrowser, addPassport, anEmployerLink, answerAll, hiddenIn, ownDraft, sent } from '../support/apply.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let elm: Organisation;
let id: string;
let link: string;
beforeAll(async () => void (service = await startService()));
afterAll(() => service.stop());
beforeEach(async () => {
  elm = await anOrganisation(service.orm);
  id = await aSubmittedApplication(service.deps, elm.code);
  link = (await hiddenIn(service.deps, id, 'application-received')).link!;
  await waitToAskAgain();
});

const em = () => service.orm.em.fork();
/** A code may be asked for every half minute: as if that had passed. */
const waitToAskAgain = () =>
  em().execute(`update email_code set sent_at = sent_at - interval '1 minute', expires_at = expires_at - interval '1 minute'`);
const codeOf = async () => (await hiddenIn(service.deps, id, 'application-code')).code!;
const anotherCode = (code: string) => String((Number(code) + 1) % 1_000_000).padStart(6, '0');
const lettersWith = (template: MailRow['template'], about = id) => em().count(MailRow, { aboutId: about, template });

test('a link alone opens nothing and changes nothing; a fresh code by e-mail opens the application', async () => {
  const browser = aBrowser(service.deps);
  const audited = await em().count(AuditRow, { subjectId: id });
  const { text } = await browser.get(`/apply/return/${link}`).expect(200);
  expect(text).not.toMatch(/Néill|zoe@|Elm Surgery|Waiting/);
  expect(await lettersWith('application-code')).toBe(0);
  expect(await em().count(AuditRow, { subjectId: id })).toBe(audited);
  await browser.get('/apply/status').expect(303);

  const enter = await sent(browser.send(`/apply/return/${link}`, {}));
  expect(enter).toBe(`/apply/return/${link}/code`);
  expect(await sent(browser.send(enter, { code: await codeOf() }))).toBe('/apply/status');

  await browser
    .get('/apply/status')
    .expect(200, /Waiting for your organisation.*to join Elm Surgery|to join Elm Surgery.*Waiting for your organisation/s);
});

test('five wrong codes lock the code, the right one too; a new one opens', async () => {
  const browser = aBrowser(service.deps);
  const enter = await sent(browser.send(`/apply/return/${link}`, {}));
  const code = await codeOf();
  for (const left of ['4 tries left', '3 tries left', '2 tries left', '1 try left', 'it is now locked. Ask for a new code']) {
    const { text } = await browser.send(enter, { code: anotherCode(code) }).expect(400);
    expect(text).toContain(left);
    expect(text).toContain('<a href="#code">');
  }
  await browser.send(enter, { code }).expect(400, /That code is locked.*Ask for a new code/s);
  await browser.get('/apply/status').expect(303);

  await waitToAskAgain();
  await sent(browser.send(`/apply/return/${link}`, {}));
  await sent(browser.send(enter, { code: await codeOf() }));
});

test('the same form sent twice is one try', async () => {
  const browser = aBrowser(service.deps);
  const enter = await sent(browser.send(`/apply/return/${link}`, {}));
  const wrong = { code: anotherCode(await codeOf()) };
  await browser.send(enter, wrong, 'k-1').expect(400, /4 tries left/);
  await browser.send(enter, wrong, 'k-1').expect(400, /4 tries left/);
});

test('another code under the same key is another try: the fifth locks it', async () => {
  const browser = aBrowser(service.deps);
  const enter = await sent(browser.send(`/apply/return/${link}`, {}));
  const code = await codeOf();
  const wrong = ['000001', '000002', '000003', '000004', '000005', '000006'].filter((each) => each !== code).slice(0, 5);
  for (const [index, each] of wrong.entries())
    await browser.send(enter, { code: each }, 'k-1').expect(400, index < 4 ? /tr(y|ies) left/ : /it is now locked/);
  await browser.send(enter, { code }, 'k-1').expect(400, /That code is locked/);
});

test('a code is good once, for a quarter of an hour, and only the newest', async () => {
  const browser = aBrowser(service.deps);
  const enter = await sent(browser.send(`/apply/return/${link}`, {}));
  const first = await codeOf();
  await sent(browser.send(enter, { code: first }));
  await aBrowser(service.deps)
    .send(enter, { code: first })
    .expect(400, /That code has been used. Ask for a new code/);

  await waitToAskAgain();
  await sent(browser.send(`/apply/return/${link}`, {}));
  const second = await codeOf();
  await aBrowser(service.deps)
    .send(enter, { code: first === second ? anotherCode(first) : first })
    .expect(400, /That is not the code/);
  await em().nativeUpdate(EmailCodeRow, { application: id, usedAt: null }, { expiresAt: new Date() });
  await aBrowser(service.deps)
    .send(enter, { code: second })
    .expect(400, /That code has expired. Ask for a new code/);
});

test('another code is not sent a moment later, nor the seventh in an hour', async () => {
  const browser = aBrowser(service.deps);
  await sent(browser.send(`/apply/return/${link}`, {}));
  await browser.send(`/apply/return/${link}`, {}).expect(400, /You can ask for another after/);
  for (let more = 2; more <= 6; more++) {
    await waitToAskAgain();
    await sent(browser.send(`/apply/return/${link}`, {}));
  }
  await waitToAskAgain();
  await browser.send(`/apply/return/${link}`, {}).expect(400, /You can ask for another after/);
  expect(await lettersWith('application-code')).toBe(6);
});

test('neither code nor link can be read from the tables', async () => {
  await sent(aBrowser(service.deps).send(`/apply/return/${link}`, {}));
  const code = await codeOf();
  for (const table of ['email_code', 'application_link', 'mail', 'idempotency', 'audit']) {
    const rows = JSON.stringify(
      await em().execute(`select t.*::text as row from ${table} t`.replace('t.*::text as row', 't::text as row')),
    );
    expect(rows).not.toContain(link);
    if (table !== 'audit') expect(rows).not.toMatch(new RegExp(`[":,(]${code}[",)]`));
  }
});

test('an expired or altered link is refused, saying how to get a new one', async () => {
  await em().nativeUpdate(ApplicationLinkRow, { application: id }, { expiresAt: new Date() });
  await aBrowser(service.deps)
    .get(`/apply/return/${link}`)
    .expect(410, /Ask for a new one with your reference/);
  await aBrowser(service.deps)
    .send(`/apply/return/${link}`, {})
    .expect(410, /Ask for a new one with your reference/);
  await aBrowser(service.deps)
    .get(`/apply/return/${'A'.repeat(43)}`)
    .expect(410);
  await aBrowser(service.deps).get('/apply/return/short').expect(404);
});

test('a new link is sent to who knows reference and address; whether they were right is not told', async () => {
  const browser = aBrowser(service.deps);
  const { reference } = await em().findOneOrFail(ApplicationRow, { id });
  const ask = (fields: Record<string, string>) => sent(browser.send('/apply/return', fields));
  expect(await ask({ reference, email: 'somebody@example.org' })).toBe('/apply/return/sent');
  expect(await ask({ reference: 'ABCDEFGHJK', email: 'zoe@example.org' })).toBe('/apply/return/sent');
  expect(await lettersWith('application-link')).toBe(0);

  expect(await ask({ reference: `${reference.slice(0, 5)} ${reference.slice(5)}`.toLowerCase(), email: 'ZOE@example.org' })).toBe(
    '/apply/return/sent',
  );
  const { link: another } = await hiddenIn(service.deps, id, 'application-link');
  await browser.get(`/apply/return/${another}`).expect(200);
  for (let more = 0; more < 6; more++) await ask({ reference, email: 'zoe@example.org' });
  expect(await lettersWith('application-link')).toBeLessThanOrEqual(5);
});

test('a draft is come back to in another browser, and its address counts as confirmed', async () => {
  const began = aBrowser(service.deps);
  await answerAll(began, await anEmployerLink(service.deps, elm.code));
  await addPassport(began);
  const draft = await ownDraft(service.deps, began);
  const { reference } = await em().findOneOrFail(ApplicationRow, { id: draft.id });

  const browser = aBrowser(service.deps);
  await sent(browser.send('/apply/return', { reference, email: 'zoe@example.org' }));
  const { link: back } = await hiddenIn(service.deps, draft.id, 'application-link');
  const enter = await sent(browser.send(`/apply/return/${back}`, {}));
  await sent(browser.send(enter, { code: (await hiddenIn(service.deps, draft.id, 'application-code')).code! }));
  await browser.get('/apply/status').expect(303).expect('Location', '/apply/photograph');
  expect((await em().findOneOrFail(ApplicationRow, { id: draft.id })).emailConfirmedAt).toBeInstanceOf(Date);
});

test('another address has to be confirmed anew, and a code for the first is worth nothing', async () => {
  const browser = aBrowser(service.deps);
  await answerAll(browser, await anEmployerLink(service.deps, elm.code));
  await sent(browser.send('/apply/email-code', {}));
  const draft = await ownDraft(service.deps, browser);
  const { code } = await hiddenIn(service.deps, draft.id, 'application-code');
  await sent(browser.send('/apply/contact', { email: 'another@example.org', mobile: '07700900123' }));
  await browser.send('/apply/email-code/enter', { code: code! }).expect(400, /That is not the code/);

  await waitToAskAgain();
  await sent(browser.send('/apply/email-code', {}));
  await sent(browser.send('/apply/email-code/enter', { code: (await hiddenIn(service.deps, draft.id, 'application-code')).code! }));
  await sent(browser.send('/apply/contact', { email: 'Another@example.org', mobile: '07700900124' }));
  expect((await em().findOneOrFail(ApplicationRow, { id: draft.id })).emailConfirmedAt).not.toBeNull();
  await sent(browser.send('/apply/contact', { email: 'third@example.org', mobile: '07700900124' }));
  expect((await em().findOneOrFail(ApplicationRow, { id: draft.id })).emailConfirmedAt).toBeNull();
});

test('withdrawing asks first, is told by e-mail, and ends it', async () => {
  const browser = aBrowser(service.deps);
  browser.caller.id = id;
  await browser.get('/apply/withdraw').expect(200, /It cannot be undone/);
  await browser.send('/apply/withdraw', {}).expect(400, /Confirm that you want to withdraw/);
  await sent(browser.send('/apply/withdraw', { sure: 'yes' }));

  await browser.get('/apply/status').expect(200, /You withdrew your application/);
  expect(await service.over(id, 'identity-proofing')).toBe('withdrawn');
  expect(await lettersWith('application-withdrawn')).toBe(1);
  await browser.send('/apply/withdraw', { sure: 'yes' }).expect(409);
  await browser.get('/apply/documents').expect(303).expect('Location', '/apply/status');
});

test('finishing makes the browser forget the application', async () => {
  const browser = aBrowser(service.deps);
  browser.caller.id = id;
  await browser.get('/apply').expect(200, /You are looking at your application/);
  expect(await sent(browser.send('/apply/leave', {}))).toBe('/apply/left');
  await browser.get('/apply/status').expect(303).expect('Location', '/apply');
});
