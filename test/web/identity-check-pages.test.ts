import type { Browser, Page } from 'playwright-core';
import { ApplicationRow } from '../../db/application/application.ts';
import { PersonRow } from '../../db/person/person.ts';
import { expectAccessible, on, openBrowser, visit } from '../support/browser.ts';
import { anOrganisation, aPerson, type Organisation } from '../support/database.ts';
import { webAs } from '../support/edges.ts';
import { eventually } from '../support/eventually.ts';
import { anExpectedApplication, atWork, zoneOf } from '../support/identity-check.ts';
import { serve } from '../support/serve.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let browser: Browser;
let elm: Organisation;
let site: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => void ([service, browser] = await Promise.all([startService(), openBrowser()])));
afterAll(async () => void (await Promise.all([service.stop(), browser.close()])));
beforeEach(async () => {
  Object.assign(service.fraud, { own: [], independent: [], asked: [], isAway: false });
  elm = await anOrganisation(service.orm);
  site = await serve(webAs(service.deps, elm.receptionist));
});
afterEach(() => site.close());

const shot = async (page: Page, name: string) => {
  if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/${name}.png`, fullPage: true });
};

const pick = (page: Page, group: string | RegExp, label: string) =>
  page.getByRole('group', { name: group }).getByLabel(label, { exact: true }).check();
async function day(page: Page, group: string, of: string): Promise<void> {
  const [year = '', month = '', dayOfMonth = ''] = of.split('-');
  const boxes = page.getByRole('group', { name: group });
  await boxes.getByLabel('Day').fill(dayOfMonth);
  await boxes.getByLabel('Month').fill(month);
  await boxes.getByLabel('Year').fill(year);
}

test('each page of a check can be used by everybody, on a small phone too', async () => {
  const narrow = !process.env['WIDE'];
  const size = narrow ? 'narrow' : 'wide';
  const id = await anExpectedApplication(service, elm);
  const { familyName, dateOfBirth } = await service.orm.em.fork().findOneOrFail(ApplicationRow, { id });
  const name = `Zoë ${familyName}`;
  const twin = await aPerson(service.orm, { named: `Zoe ${familyName}`, organisation: elm.code, dateOfBirth: dateOfBirth! });
  const [passport, licence, statement] = await atWork(service, elm.receptionist, id).documents();
  const { page, context } = await visit(browser, { narrow });
  await page.goto(`${site.url}/identity-checks`);
  await on(page, 'Identity checks');
  await shot(page, `${size}-01-list`);
  await page.getByRole('button', { name: 'Take the next one' }).click();

  await on(page, `Do you know ${name}?`);
  await page.getByRole('button', { name: 'Continue' }).click();
  await on(page, `Do you know ${name}?`);
  expect(await page.title()).toMatch(/^Error: /);
  await shot(page, `${size}-02-declaration`);
  await pick(page, 'What is true?', 'I do not know this person, and I am not related to them');
  await pick(page, /trained/, 'Yes');
  await page.getByRole('button', { name: 'Continue' }).click();

  await on(page, 'Possible duplicates');
  await shot(page, `${size}-03-duplicates`);
  await page.getByRole('button', { name: 'Go on' }).click();
  await on(page, 'Are they the same person?');
  await pick(page, 'Are they the same person?', 'No, they are different people');
  await page.getByRole('button', { name: 'Save and continue' }).click();
  await on(page, 'Are they the same person?');
  await shot(page, `${size}-04-duplicate`);
  await page.getByLabel('How do you know?').fill('Another face, and another mother');
  await page.getByRole('button', { name: 'Save and continue' }).click();

  await on(page, 'Passport with the chip symbol on its cover');
  await pick(page, 'How did you see it?', 'In person, in the checker’s hands');
  await page.getByLabel('Passport number').fill(passport!.number!);
  await day(page, 'Expiry date', '2031-02-01');
  await page.getByLabel('Machine-readable zone').fill(await zoneOf(service, passport!, { number: '999999999' }));
  await pick(page, /name and date of birth/, 'Yes');
  await pick(page, /look genuine/, 'Yes');
  await pick(page, 'Visible security features', 'Right');
  await pick(page, /ultraviolet/, 'Right');
  await page.getByRole('button', { name: 'Save and continue' }).click();
  await on(page, 'Passport with the chip symbol on its cover');
  await shot(page, `${size}-05-document`);
  await page.getByLabel('Machine-readable zone').fill(await zoneOf(service, passport!));
  await page.getByRole('button', { name: 'Save and continue' }).click();

  await on(page, 'UK photocard driving licence, full or provisional');
  const work = atWork(service, elm.receptionist, id);
  await work.document(licence!);
  await work.document(statement!);
  await page.goto(`${site.url}/identity-checks/${id}`);
  await on(page, name);
  await shot(page, `${size}-06-tasks`);
  await page.goto(`${site.url}/identity-checks/${id}/outcome`);
  await on(page, 'Outcome');
  await shot(page, `${size}-07-outcome-unfinished`);
  await page.getByRole('link', { name: 'Go on with the tasks' }).click();

  await on(page, 'The face and the photographs');
  await shot(page, `${size}-08-face`);
  await page.getByLabel('Passport with the chip symbol on its cover').check();
  await pick(page, 'How did you compare them?', 'Meet the person and compare their face with the document’s photograph');
  await pick(page, 'The person and the document’s photograph', 'The same person');
  await pick(page, 'The person and the photograph for the card', 'The same person');
  await page.getByRole('button', { name: 'Save and continue' }).click();
  await on(page, 'Address');
  await shot(page, `${size}-09-address`);
  await page.getByLabel('They all show one address, in the person’s name, and the person says it is theirs').check();
  await page.getByRole('button', { name: 'Save and continue' }).click();

  await on(page, 'Fraud sources');
  service.fraud.isAway = true;
  await page.getByRole('button', { name: 'Ask the sources' }).click();
  await eventually(async () => {
    await page.reload();
    expect(await page.getByText('A source has not answered').count()).toBe(1);
  });
  await on(page, 'Fraud sources');
  await shot(page, `${size}-10-fraud`);
  service.fraud.isAway = false;
  await page.getByRole('button', { name: 'See whether they have answered' }).click();
  await eventually(async () => {
    await page.reload();
    expect(await page.getByRole('button', { name: 'Go on' }).count()).toBe(1);
  }, 20_000);
  await on(page, 'Fraud sources');
  await page.getByRole('button', { name: 'Go on' }).click();

  await on(page, 'Activity history');
  await page.getByLabel('What', { exact: true }).selectOption('bank');
  await day(page, 'The first day it shows', '2024-01-01');
  await page.getByRole('button', { name: 'Add it' }).click();
  await on(page, 'Activity history');
  await day(page, 'The last day it shows', '2026-10-31');
  await page.getByRole('button', { name: 'Add it' }).click();
  await on(page, 'Activity history');
  await shot(page, `${size}-11-activity`);
  await page.getByRole('button', { name: 'That is all' }).click();

  await on(page, 'Outcome');
  await page.getByLabel('Ask the person for more').check();
  await page.getByRole('button', { name: 'Send your decision' }).click();
  await on(page, 'Outcome');
  await shot(page, `${size}-12-outcome`);
  await page.getByLabel('Verify: make a Care ID').check();
  await page.getByRole('button', { name: 'Send your decision' }).click();
  await on(page, 'Verified');
  await shot(page, `${size}-13-decided`);
  await page.getByRole('link', { name: 'Go to the queue' }).click();
  await page.getByRole('link', { name: /^Done/ }).click();
  await on(page, 'Identity checks');
  await shot(page, `${size}-14-done`);
  await expectAccessible(page);
  expect(await service.orm.em.fork().count(PersonRow, { checkedBy: elm.receptionist, id: { $ne: twin } })).toBe(1);
  await context.close();
}, 180_000);

test('who is the same person is shown as such, and ends the application', async () => {
  const id = await anExpectedApplication(service, elm);
  const { familyName, dateOfBirth, photo } = await service.orm.em.fork().findOneOrFail(ApplicationRow, { id });
  const twin = await aPerson(service.orm, { named: `Zoë ${familyName}`, organisation: elm.code, dateOfBirth: dateOfBirth!, photo: photo! });
  const { careId } = await service.orm.em.fork().findOneOrFail(PersonRow, { id: twin });
  const work = atWork(service, elm.receptionist, id);
  await work.take();
  await work.declare();
  const { page, context } = await visit(browser);
  await page.goto(`${site.url}/identity-checks/${id}/duplicates/person/${twin}`);
  await page.getByLabel('Yes, the same person: this application ends').check();
  await page.getByRole('button', { name: 'Save and continue' }).click();
  await on(page, 'Outcome');
  await shot(page, 'duplicate-outcome');
  await page.getByText(careId.replace(/(\d{4})(?=\d)/g, '$1 ')).waitFor();
  await page.getByRole('button', { name: 'End this application as a duplicate' }).click();
  await on(page, 'Refused');
  await context.close();
}, 60_000);
