import request from 'supertest';
import { ApplicationRow } from '../../db/application/application.ts';
import { AuditRow } from '../../db/audit.ts';
import { DocumentRow } from '../../db/application/evidence.ts';
import { OpenCaseRow } from '../../db/open-case/open-case.ts';
import { PhotoRow } from '../../db/application/photo.ts';
import { anOrganisation, type Organisation } from '../support/database.ts';
import { aBrowser, addPassport, anEmployerLink, answerAll, aPhotograph, apply, type Browser, ownDraft, sent } from '../support/apply.ts';
import { webAs } from '../support/edges.ts';
import { aHeic, aJpeg, aPdf, aPng, aPngBomb, secret } from '../support/photos.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let elm: Organisation;
beforeAll(async () => void (service = await startService()));
afterAll(() => service.stop());
beforeEach(async () => void (elm = await anOrganisation(service.orm)));

const em = () => service.orm.em.fork();
const rowOf = (id: string) => em().findOneOrFail(ApplicationRow, { id });
const photosIn = (text: string) => [...text.matchAll(/apply\/photos\/([0-9a-f-]{36})/g)].map(([, photo]) => photo!);

/** A draft with a passport whose photographs are still to come. */
async function aDraft(): Promise<{ browser: Browser; id: string; page: string }> {
  const browser = aBrowser(service.deps);
  await answerAll(browser, await anEmployerLink(service.deps, elm.code));
  const document = await sent(browser.send('/apply/documents/new', { type: 'passport-with-chip' }));
  const details = { number: '123456789', issuer: 'Utopia', expiresDay: '1', expiresMonth: '2', expiresYear: '2031' };
  const page = await sent(browser.send(document, details));
  return { browser, page, id: (await ownDraft(service.deps, browser)).id };
}

test('photographs of each kind become JPEGs of our own, without what was written into them, encrypted', async () => {
  const { browser, page, id } = await aDraft();
  await sent(browser.attach(page, 'photographs', [await aJpeg(), await aPng(), aHeic(), await aPdf({ pages: 2 })]));

  const photos = photosIn((await browser.get(page).expect(200)).text);
  expect(photos).toHaveLength(5);
  for (const photo of photos) {
    const { body } = (await browser.get(`/apply/photos/${photo}`).expect(200).expect('Content-Disposition', 'inline')) as { body: Buffer };
    expect(body.subarray(0, 3)).toEqual(Buffer.from([0xff, 0xd8, 0xff]));
    expect(body.includes(secret)).toBe(false);
    expect(body.includes('SECRET-EXIF')).toBe(false);
  }
  const rows = await em().find(PhotoRow, { application: id });
  expect(
    rows.map(({ sealed }) =>
      Buffer.from(sealed!)
        .subarray(0, 3)
        .equals(Buffer.from([0xff, 0xd8, 0xff])),
    ),
  ).toEqual([false, false, false, false, false]);
  const [recorded] = await em().find(AuditRow, { subjectId: id, what: 'application.add-photographs' });
  expect(recorded!.detail['photographs']!.split(' ')).toEqual(photos);
});

test.each([
  ['no file', async () => [], 'Choose a file'],
  ['an empty file', async () => [Buffer.alloc(0)], 'Choose a file'],
  ['text that is named .jpg', async () => [Buffer.from('MZ this is a program')], 'The file must be a JPEG, PNG, HEIC or PDF'],
  ['half a JPEG', async () => [(await aJpeg()).subarray(0, 900)], 'The file cannot be read'],
  ['a bomb of an image', async () => [aPngBomb(30_000)], 'The picture is too large'],
  ['a PDF with a password', async () => [await aPdf({ password: 'x' })], 'The PDF is protected by a password'],
  ['a PDF of eleven pages', async () => [await aPdf({ pages: 11 })], 'The PDF must have 10 pages or fewer'],
  [
    '10 MB and one byte',
    async () => [Buffer.concat([await aJpeg(), Buffer.alloc(10 * 1024 * 1024)])],
    'The file must be smaller than 10 MB',
  ],
  ['a good one and a bad one', async () => [await aJpeg(), Buffer.from('nothing')], 'photograph.jpg: The file must be a JPEG'],
  ['seven at once', async () => Promise.all(Array.from({ length: 7 }, aPhotograph)), 'Choose fewer files'],
])('%s comes back with what to do, and nothing is stored', async (_what, files, words) => {
  const { browser, page, id } = await aDraft();
  const { text } = await browser.attach(page, 'photographs', await files()).expect(400);
  expect(text).toContain(words);
  expect(text).toContain('<title>Error: ');
  expect(await em().count(PhotoRow, { application: id })).toBe(0);
  const [document] = await em().find(DocumentRow, { application: id });
  expect(document).toMatchObject({ photos: [], version: 2 });
});

test('one photograph, or a document with all of its own, is taken away again', async () => {
  const { browser, page, id } = await aDraft();
  await sent(browser.attach(page, 'photographs', [await aPhotograph(), await aPng()]));
  const [first, second] = photosIn((await browser.get(page)).text);
  await sent(browser.send(`${page}/${first}/removal`, {}));
  expect(photosIn((await browser.get(page)).text)).toEqual([second]);
  await browser.get(`/apply/photos/${first}`).expect(404);

  const removal = page.replace('/photographs', '/removal');
  await browser.get(removal).expect(200, /Remove this document\?/);
  await sent(browser.send(removal, {}));
  expect(await em().count(PhotoRow, { application: id })).toBe(0);
  expect(await em().count(DocumentRow, { application: id })).toBe(0);
});

test.each([
  [{}, 'number', 'Enter the passport number'],
  [{ number: '1', issuer: 'Utopia' }, 'expiresDay', 'Enter the date it expires'],
  [{ number: '1', issuer: 'Utopia', expiresDay: '31', expiresMonth: '2', expiresYear: '2031' }, 'expiresDay', 'Enter a real date'],
  [{ number: 'x'.repeat(41), issuer: 'Utopia' }, 'number', 'Enter 40 letters or fewer'],
])('a passport described by %j comes back, pointing at %s', async (fields: Record<string, string>, field, words) => {
  const { browser, page } = await aDraft();
  const { text } = await browser.send(page.replace('/photographs', ''), fields).expect(400);
  expect(text).toContain(`<a href="#${field}">${words}`);
  expect(text).toContain(`id="${field}"`);
});

test('a photograph of themselves is one, and another takes its place', async () => {
  const { browser, id } = await aDraft();
  await browser.attach('/apply/photograph', 'photograph', []).expect(400, /Choose a file/);
  await browser.attach('/apply/photograph', 'photograph', [await aPdf({ pages: 2 })]).expect(400, /one photograph of yourself/);
  for (const size of [
    { width: 299, height: 400 },
    { width: 300, height: 399 },
  ])
    await browser.attach('/apply/photograph', 'photograph', [await aJpeg(size)]).expect(400, /too small to be printed on a card/);
  await sent(browser.attach('/apply/photograph', 'photograph', [await aPhotograph()]));
  const { stagedPhoto } = await rowOf(id);
  await sent(browser.attach('/apply/photograph', 'photograph', [await aPhotograph()]));
  expect((await rowOf(id)).stagedPhoto).not.toBe(stagedPhoto);
  expect(await em().count(PhotoRow, { application: id })).toBe(1);
});

test('what is added after sending reaches nobody before it is sent, and then takes the place of what it replaces', async () => {
  const browser = aBrowser(service.deps);
  const id = await apply(service.deps, browser, elm.code);
  await request(webAs(service.deps, elm.sponsor)).post(`/applications/${id}/expectation`).type('form').send({ key: 'k' }).expect(303);
  const [old] = await em().find(DocumentRow, { application: id });
  const staff = request(webAs(service.deps, elm.agent));

  await browser.get('/apply/documents/new').expect(200, /take the place of one that you sent/);
  const page = await addPassport(browser, { replaces: old!.id });
  const photo = photosIn((await browser.get(`${page}/photographs`)).text)[0]!;
  await sent(browser.attach('/apply/photograph', 'photograph', [await aPhotograph()]));
  expect(await rowOf(id)).toMatchObject({ state: 'expected', evidenceVersion: 1 });
  await staff.get(`/applications/photos/${photo}`).expect(404);

  await browser.get('/apply/status').expect(200, /Ready to send/);
  await sent(browser.send('/apply/evidence', {}));

  const row = await rowOf(id);
  expect(row).toMatchObject({ state: 'expected', evidenceVersion: 2, stagedPhoto: null });
  await staff.get(`/applications/photos/${photo}`).expect(200);
  const documents = await em().find(DocumentRow, { application: id }, { orderBy: { madeAt: 1 } });
  expect(documents.map(({ endedAt, sentAt }) => [Boolean(sentAt), Boolean(endedAt)])).toEqual([
    [true, true],
    [true, false],
  ]);
  await browser.send('/apply/evidence', {}).expect(400, /Add a document or a photograph before you send/);
});

test('evidence sent while it is being checked takes the check away from whoever had it', async () => {
  const browser = aBrowser(service.deps);
  const id = await apply(service.deps, browser, elm.code);
  await request(webAs(service.deps, elm.sponsor)).post(`/applications/${id}/expectation`).type('form').send({ key: 'k' }).expect(303);
  const lease = { state: 'checking' as const, leasedBy: elm.agent, leasedUntil: new Date(Date.now() + 60_000) };
  await em().nativeUpdate(ApplicationRow, { id }, lease);

  await addPassport(browser);
  await sent(browser.send('/apply/evidence', {}));

  expect(await rowOf(id)).toMatchObject({ state: 'expected', evidenceVersion: 2, leasedBy: null, leasedUntil: null });
  expect(await em().findOne(OpenCaseRow, { id })).toMatchObject({ stage: 'to-check', waitsFor: 'id-checker' });
});

test('a document that was begun and not finished cannot be sent', async () => {
  const browser = aBrowser(service.deps);
  await apply(service.deps, browser, elm.code);
  await sent(browser.send('/apply/documents/new', { type: 'council-tax' }));
  await browser.send('/apply/evidence', {}).expect(400, /Finish the documents you began, or remove them/);
});

test('what was sent in cannot be changed or removed', async () => {
  const browser = aBrowser(service.deps);
  const id = await apply(service.deps, browser, elm.code);
  const [document] = await em().find(DocumentRow, { application: id });
  await browser.get(`/apply/documents/${document!.id}`).expect(404);
  await browser.send(`/apply/documents/${document!.id}/removal`, {}).expect(404);
  await browser.send(`/apply/documents/${document!.id}/photographs/${document!.photos[0]}/removal`, {}).expect(404);
  await browser.send('/apply/name', { familyName: 'Other' }).expect(409, /Your application was sent in/);
});
