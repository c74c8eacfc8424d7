import type { Page } from 'playwright-core';
import { AuditRow } from '../../db/audit.ts';
import { CertificateRow } from '../../db/smartcard/certificate.ts';
import { SmartcardRow } from '../../db/smartcard/smartcard.ts';
import { on, visit } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { aWorker, giveCard, type Worker } from '../support/holder.ts';
import { type Journey, startJourney } from '../support/journey.ts';

let journey: Journey;
beforeAll(async () => void (journey = await startJourney()));
afterAll(() => journey.stop());

async function enterDay(page: Page, [year, month, day]: string[]): Promise<void> {
  await page.getByLabel('Day').fill(day!);
  await page.getByLabel('Month').fill(month!);
  await page.getByLabel('Year').fill(year!);
}

async function askForCode(page: Page, { careId, dateOfBirth }: Pick<Worker, 'careId' | 'dateOfBirth'>): Promise<void> {
  await on(page, 'Report your smartcard lost or stolen');
  await page.getByLabel('Your Care ID').fill(careId);
  await enterDay(page, dateOfBirth.split('-'));
  await page.getByRole('button', { name: 'Send me a code' }).click();
}

test('a holder without a card reports it lost at night, on a telephone: nobody can use it from that moment', async () => {
  const worker = await aWorker(journey);
  const card = await giveCard(journey, worker);

  // Somebody is still signed in with it.
  const { page: ward } = await visit(journey.browser);
  await ward.goto(journey.running.urls['Demo clinical system']!);
  await ward.getByRole('button', { name: 'Sign in with Care Identity' }).click();
  await journey.useCard(ward, card);
  await on(ward, 'You are signed in');

  // The holder has no card to sign in with, and goes on from the page that asks for it.
  const { page } = await visit(journey.browser, { narrow: true });
  await page.goto(journey.running.urls['Demo clinical system']!);
  await page.getByRole('button', { name: 'Sign in with Care Identity' }).click();
  await on(page, /^Sign in to Willow/);
  await page.getByRole('link', { name: 'Report your smartcard lost or stolen' }).click();
  await askForCode(page, { careId: '12345', dateOfBirth: '1991-13-05' });
  await on(page, 'Report your smartcard lost or stolen');
  expect(await page.title()).toMatch(/^Error: /);
  await page.getByRole('link', { name: 'Enter your date of birth' }).click();
  expect(await page.locator(':focus').getAttribute('name')).toBe('day');

  // Of somebody who is not known the same is said, and nothing is sent.
  await askForCode(page, { careId: worker.careId, dateOfBirth: '1991-06-06' });
  await on(page, 'Enter the code');
  await page.getByRole('link', { name: 'start again' }).click();
  await askForCode(page, worker);
  await on(page, 'Enter the code');
  const code = /^\d{6}$/m.exec((await journey.letter(worker.email, /code to report/i)).text)![0];
  expect(await journey.letters(worker.email)).toHaveLength(1);

  // A wrong code changes nothing.
  await page.getByLabel('Code').fill(code === '000000' ? '000001' : '000000');
  await page.getByLabel('It is lost').check();
  await page.getByRole('button', { name: 'Report it' }).click();
  await on(page, 'Enter the code');
  expect(await page.title()).toMatch(/^Error: /);
  expect(await page.locator('main').innerText()).toContain('4 tries left');
  expect((await cardOf(worker)).state).toBe('active');

  await page.getByLabel('Code').fill(code);
  await page.getByRole('button', { name: 'Report it' }).click();
  await on(page, 'Your smartcard cannot be used any more');
  const words = await page.locator('main').innerText();
  expect(words).toContain('room 12, Elm House');
  await expectOver(worker);

  // Who was signed in with it is signed out, and it signs nobody in.
  await eventually(async () => {
    await ward.reload();
    expect(await ward.getByRole('heading', { level: 1 }).innerText()).toBe('Willow clinical system');
  }, 90_000);
  await ward.getByRole('button', { name: 'Sign in with Care Identity' }).click();
  await journey.useCard(ward, card);
  await ward.getByText('This smartcard was reported lost or stolen, and does not work again').waitFor();
  await on(ward, /^Sign in to Willow/);
});

const cardOf = ({ id }: Worker) => journey.orm.em.fork().findOneOrFail(SmartcardRow, { person: id });

async function expectOver(worker: Worker): Promise<void> {
  const em = journey.orm.em.fork();
  const card = await cardOf(worker);
  expect(card.state).toBe('lost');
  const certificates = await em.find(CertificateRow, { smartcard: card.id });
  expect(certificates.map(({ state, reason }) => ({ state, reason }))).toEqual(
    Array(2).fill({ state: 'revoked', reason: 'keyCompromise' }),
  );
  const audit = await em.find(AuditRow, { subjectKind: 'smartcard', subjectId: card.id }, { orderBy: { at: 1 } });
  expect(audit.at(-1)).toMatchObject({ what: 'smartcard.report-lost', who: worker.id });
  await journey.letter(worker.email, /reported lost or stolen/i);
}
