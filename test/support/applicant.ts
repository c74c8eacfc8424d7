/** Somebody who applies, page by page: what the journeys about applicants and identity checks begin with. */
import { randomInt, randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { expectAccessible, on, visit } from './browser.ts';
import type { Journey } from './journey.ts';

export interface Applicant {
  givenName: string;
  familyName: string;
  email: string;
  nationalInsuranceNumber: string;
  /** Of the passport. */
  number: string;
  reference: string;
  page: Page;
}

const picture = (text: string) =>
  sharp({ create: { width: 900, height: 640, channels: 3, background: `hsl(${text.length * 20}, 40%, 70%)` } })
    .jpeg()
    .toBuffer();

const file = async (name: string) => ({ name: `${name}.jpg`, mimeType: 'image/jpeg', buffer: await picture(name) });

const letters = 'ABCEGHJKLMNPRSTWXYZ';
const aNumber = () => `J${letters[randomInt(letters.length)]!}${String(randomInt(1_000_000)).padStart(6, '0')}C`;

/** Invited by e-mail, from the letter to the reference. */
export async function apply(journey: Journey, given: Partial<Applicant> = {}, options: { narrow?: boolean } = {}): Promise<Applicant> {
  // Letters alone: a passport's zone has no others in a name.
  const tag = randomUUID()
    .slice(0, 8)
    .replace(/\d/g, (digit) => 'ghijklmnop'[Number(digit)]!);
  const applicant = {
    givenName: 'Niamh',
    familyName: `D’Arcy-${tag}`,
    email: `niamh.${tag}@care-demo.example`,
    nationalInsuranceNumber: aNumber(),
    number: String(randomInt(100_000_000, 999_999_999)),
    ...given,
  };
  await invite(journey, applicant.email);
  const invitation = await journey.letter(applicant.email, /apply/i);
  const link = /https?:\/\/\S+/.exec(invitation.text)?.[0] ?? '';
  const { page } = await visit(journey.browser, options);
  await page.goto(link);
  await on(page, /^Apply for a Care ID to join/);
  await page.getByRole('button', { name: 'Start now' }).click();
  await answerQuestions(page, applicant);
  await addEvidence(page, applicant);
  await confirmEmail(journey, page, applicant.email);
  await on(page, 'Check your answers before you send them');
  await page.getByLabel('What I have told you is true').check();
  await page.getByRole('button', { name: 'Send my application' }).click();
  await on(page, 'Application sent');
  const reference = (await page.locator('.nhsuk-panel strong').innerText()).replaceAll(' ', '');
  return { ...applicant, reference, page };
}

async function invite(journey: Journey, email: string): Promise<void> {
  const sponsor = await journey.backOffice("Siobhán O'Neill", '/applications');
  await on(sponsor, 'Applications');
  await sponsor.getByRole('button', { name: 'Invite somebody to apply' }).click();
  await on(sponsor, 'Invite people to Elm Surgery');
  await sponsor.getByLabel('E-mail address').fill(email);
  await sponsor.getByLabel('Job (optional)').fill('Practice nurse');
  await sponsor.getByRole('button', { name: 'Send the invitation' }).click();
  await sponsor.getByText('The invitation is on its way').waitFor();
  await sponsor.context().close();
}

const go = (page: Page) => page.getByRole('button', { name: 'Continue' }).click();

async function answerQuestions(page: Page, applicant: Omit<Applicant, 'reference' | 'page'>): Promise<void> {
  await on(page, 'What is your name?');
  await go(page);
  expect(await page.title()).toMatch(/^Error: /);
  await page.getByLabel('Given name (optional)').fill(applicant.givenName);
  await page.getByLabel('Family name, or your only name').fill(applicant.familyName);
  await go(page);

  await on(page, 'What is your date of birth?');
  for (const [label, value] of [
    ['Day', '29'],
    ['Month', '2'],
    ['Year', '1996'],
  ] as const)
    await page.getByLabel(label).fill(value);
  await go(page);

  await on(page, 'Do you have a National Insurance number?');
  await page.getByLabel('Yes', { exact: true }).check();
  await page.getByLabel('National Insurance number', { exact: true }).fill(applicant.nationalInsuranceNumber);
  await go(page);

  await on(page, 'How can we reach you?');
  await page.getByLabel('E-mail address').fill(applicant.email);
  await page.getByLabel('Mobile number').fill('07700 900123');
  await go(page);

  // The job stands in the invitation: it is not asked for.
}

async function addEvidence(page: Page, { number }: Pick<Applicant, 'number'>): Promise<void> {
  await on(page, 'Your documents');
  await addDocument(page, 'Passport with the chip symbol on its cover', async () => {
    await page.getByLabel('Passport number').fill(number);
    await page.getByLabel('Country that issued it').fill('GBR');
    await fillDate(page, 'Date it expires', new Date('2031-03-27'));
  });
  await addDocument(page, 'UK photocard driving licence, full or provisional', async () => {
    await page.getByLabel('Driver number, in section 5 of the card').fill('DARCY952296N99AB');
    await fillDate(page, 'Date it expires', new Date('2030-09-01'));
  });
  await addDocument(page, 'Council tax statement', async () => {
    await page.getByLabel('Account number').fill('8001234567');
    await page.getByLabel('Council', { exact: true }).fill('Newtown');
    await fillDate(page, 'Date of the statement', new Date(Date.now() - 40 * 24 * 60 * 60 * 1000));
  });
  await page.getByRole('button', { name: 'Continue' }).click();
  await on(page, 'A photograph of yourself');
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'me.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('<svg onload=alert(1)>') });
  await page.getByRole('button', { name: 'Add this photograph' }).click();
  expect(await page.title()).toMatch(/^Error: /);
  await page.locator('input[type=file]').setInputFiles(await file('face'));
  await page.getByRole('button', { name: 'Add this photograph' }).click();
  await page.getByAltText('The photograph of yourself that you added').waitFor();
  await go(page);
}

/** One document: which it is, what it says, its photographs. */
export async function addDocument(page: Page, type: string | RegExp, say: () => Promise<void>): Promise<void> {
  await page.getByRole('button', { name: /^Add (a|another) document$/ }).click();
  await on(page, 'Which document do you want to add?');
  await page.getByLabel(type).first().check();
  await go(page);
  await on(page, /What does it say\?$/);
  await say();
  await go(page);
  await on(page, /Photographs$/);
  await page.locator('input[type=file]').setInputFiles(await file('document'));
  await page.getByRole('button', { name: 'Add these photographs' }).click();
  await page.getByRole('img', { name: /photograph 1/ }).waitFor();
  await expectAccessible(page);
  await go(page);
  await on(page, 'Your documents');
}

async function fillDate(page: Page, legend: string, day: Date): Promise<void> {
  const group = page.getByRole('group', { name: legend });
  await group.getByLabel('Day').fill(String(day.getDate()));
  await group.getByLabel('Month').fill(String(day.getMonth() + 1));
  await group.getByLabel('Year').fill(String(day.getFullYear()));
}

export async function confirmEmail(journey: Journey, page: Page, email: string): Promise<void> {
  await on(page, 'Confirm your e-mail address');
  await page.getByRole('button', { name: 'Send me a code' }).click();
  await on(page, 'Enter the code we sent you');
  await page.getByLabel('Code').fill(await codeFor(journey, email));
  await go(page);
}

/** The newest code that was sent to an address. */
export async function codeFor(journey: Journey, email: string): Promise<string> {
  const letter = await journey.letter(email, /code/i);
  return /\b(\d{6})\b/.exec(letter.text)?.[1] ?? '';
}
