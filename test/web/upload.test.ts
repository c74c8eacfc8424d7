import { setTimeout as pause } from 'node:timers/promises';
import { PhotoRow } from '../../db/application/photo.ts';
import { createUploads } from '../../pages/upload.ts';
import { aBrowser, anEmployerLink, answerAll, aPhotograph, type Browser, ownDraft, sent } from '../support/apply.ts';
import { anOrganisation, type Organisation } from '../support/database.ts';
import { listening } from '../support/half-sent.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let elm: Organisation;
const open: Array<{ close: () => void }> = [];
beforeAll(async () => void (service = await startService()));
afterAll(() => service.stop());
beforeEach(async () => void (elm = await anOrganisation(service.orm)));
afterEach(() => open.splice(0).forEach(({ close }) => close()));

async function served({ app }: Browser) {
  const server = await listening(app);
  open.push(server);
  return server;
}

/** A draft with a passport. @returns the page its photographs are sent to */
async function aDraft(uploads = createUploads(16)): Promise<{ browser: Browser; page: string }> {
  const browser = aBrowser(service.deps, uploads);
  await answerAll(browser, await anEmployerLink(service.deps, elm.code));
  const document = await sent(browser.send('/apply/documents/new', { type: 'passport-with-chip' }));
  const details = { number: '123456789', issuer: 'Utopia', expiresDay: '1', expiresMonth: '2', expiresYear: '2031' };
  return { browser, page: await sent(browser.send(document, details)) };
}

test('who has no application, or another’s, is answered before their photographs are read', async () => {
  const { page } = await aDraft();
  for (const stranger of [aBrowser(service.deps), (await aDraft()).browser]) {
    const { answer } = (await served(stranger)).halfSend(page);
    expect(await answer).toMatchObject({ status: 404 });
  }
});

test('a page of another site that sends photographs is answered before they are read', async () => {
  const { browser, page } = await aDraft();
  const server = await served(browser);
  for (const site of ['cross-site', 'same-site'])
    expect(await server.halfSend(page, { 'sec-fetch-site': site }).answer).toMatchObject({ status: 400 });
});

test('no form but those for photographs is read as one with files', async () => {
  const { browser } = await aDraft();
  const { answer } = (await served(browser)).halfSend('/apply/name');
  expect(await Promise.race([answer.then(({ status }) => status), pause(20_000, 'still reading', { ref: false })])).toEqual(400);
});

test('when as many as may be are being sent, the next is told to try again, and then can', async () => {
  const uploads = createUploads(1);
  const [first, second] = [await aDraft(uploads), await aDraft(uploads)];
  const slow = (await served(first.browser)).halfSend(first.page);
  const attach = async () => second.browser.attach(second.page, 'photographs', [await aPhotograph()]);
  await until(async () => (await attach()).status === 503);

  const refused = await attach();
  expect(refused.headers['retry-after']).toBe('10');
  expect(refused.text).toContain('try again in a moment');
  const { id } = await ownDraft(service.deps, second.browser);
  const kept = () => service.orm.em.fork().count(PhotoRow, { application: id });
  const before = await kept();

  slow.leave();
  await until(async () => (await attach()).status === 303);
  expect(await kept()).toBe(before + 1);
});

test('one who applies sends two forms at once, not all that a process takes', async () => {
  const { browser, page } = await aDraft();
  const server = await served(browser);
  const answers: number[] = [];
  for (let n = 0; n < 5; n++)
    void server.halfSend(page).answer.then(
      ({ status }) => answers.push(status),
      () => {},
    );
  await until(async () => answers.length >= 3);
  await pause(500);
  expect(answers).toEqual([503, 503, 503]);
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    if (tries === 20) throw new Error('It did not come about in time');
    await pause(100);
  }
}
