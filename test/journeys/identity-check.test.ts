import type { Page } from 'playwright-core';
import { ApplicationRow } from '../../db/application/application.ts';
import { AuditRow } from '../../db/audit.ts';
import { PersonRow } from '../../db/person/person.ts';
import { checkDigit } from '../../domain/mrz/check-digit.ts';
import { type Applicant, apply } from '../support/applicant.ts';
import { on } from '../support/browser.ts';
import { type Journey, startJourney } from '../support/journey.ts';

let journey: Journey;
beforeAll(async () => void (journey = await startJourney()));
afterAll(() => journey.stop());

test('a sponsor expects an applicant, an ID checker goes through every task, and the applicant gets a Care ID', async () => {
  const applicant = await apply(journey);
  const name = `${applicant.givenName} ${applicant.familyName}`;

  // Nobody can check before somebody at the organisation expects the person.
  const checker = await journey.backOffice('Li Wei', '/identity-checks');
  await on(checker, 'Identity checks');
  expect(await checker.locator('main').innerText()).not.toContain(applicant.familyName);
  await expected(name);

  await checker.reload();
  await checker.getByRole('link', { name }).click();
  await on(checker, name);
  await checker.getByRole('button', { name: 'Take this check' }).click();
  await on(checker, `Do you know ${name}?`);
  await checker.getByLabel('I do not know this person').check();
  await checker.getByRole('group', { name: 'Have you been trained' }).getByLabel('Yes').check();
  await checker.getByRole('button', { name: 'Continue' }).click();

  await tasks(checker, applicant);

  await on(checker, 'Outcome');
  expect(await checker.locator('main').innerText()).toMatch(/Passed, with three documents/);
  await checker.getByLabel('Verify: make a Care ID').check();
  await checker.getByRole('button', { name: 'Send your decision' }).click();
  await on(checker, 'Verified');

  // Once, with a Care ID that the person is told of.
  const em = journey.orm.em.fork();
  const person = await em.findOneOrFail(PersonRow, { email: applicant.email });
  expect(person).toMatchObject({ familyName: applicant.familyName, dateOfBirth: '1996-02-29', identityAssuranceLevel: 3, state: 'active' });
  expect(person.careId).toMatch(/^\d{12}$/);
  expect((await journey.letter(applicant.email, /^You have a Care ID/)).text.replaceAll(' ', '')).toContain(person.careId);
  const { id } = await em.findOneOrFail(ApplicationRow, { reference: applicant.reference });
  const audit = await em.find(AuditRow, { caseId: `identity-proofing/${id}` }, { orderBy: { at: 1 } });
  expect(audit.map(({ what }) => what)).toEqual(expect.arrayContaining(['application.submit', 'application.expect', 'person.create']));
});

async function expected(name: string): Promise<void> {
  const sponsor = await journey.backOffice("Siobhán O'Neill", '/applications');
  await on(sponsor, 'Applications');
  await sponsor.getByRole('link', { name }).click();
  await on(sponsor, new RegExp(`${name}$`));
  await sponsor.getByRole('button', { name: 'We expect this person' }).click();
  await sponsor
    .getByText(/Expected/)
    .first()
    .waitFor();
  await sponsor.context().close();
}

const save = (page: Page) => page.getByRole('button', { name: 'Save and continue' }).click();
const choose = (page: Page, legend: string | RegExp, label: string | RegExp) =>
  page.getByRole('group', { name: legend }).getByLabel(label).first().check();

/** Each task when its page comes, until the outcome. */
async function tasks(page: Page, applicant: Applicant): Promise<void> {
  for (let pages = 0; pages < 20; pages++) {
    const heading = page.getByRole('heading', { level: 1 });
    await heading.waitFor();
    const title = (await heading.innerText()).trim();
    if (title === 'Outcome') return;
    await on(page, title);
    await (taskAt(title) ?? document)(page, applicant);
    await page.waitForFunction(
      `document.querySelector('h1')?.innerText.trim() !== ${JSON.stringify(title)} || document.title.startsWith('Error')`,
    );
    if ((await page.title()).startsWith('Error')) throw new Error(`${title}: ${await page.locator('.nhsuk-error-summary').innerText()}`);
  }
}

type Task = (page: Page, applicant: Applicant) => Promise<void>;

const taskAt = (title: string): Task | undefined => {
  if (title === 'Possible duplicates') return (page) => page.getByRole('button', { name: 'Go on' }).click();
  if (title === 'Are they the same person?') return different;
  if (title.startsWith('Face') || title.startsWith('The face')) return face;
  if (title === 'Address') return address;
  if (title === 'Fraud sources') return fraud;
  if (title === 'Activity history') return (page) => page.getByRole('button', { name: 'Nothing was shown: continue' }).click();
  return undefined;
};

async function different(page: Page): Promise<void> {
  await page.getByLabel('No, they are different people').check();
  await page.getByLabel('How do you know?').fill('Different faces, and different places of birth');
  await save(page);
}

async function document(page: Page, applicant: Applicant): Promise<void> {
  await choose(page, 'How did you see it?', 'In person, in the checker’s hands');
  if (await page.getByLabel('Passport number').count()) {
    await page.getByLabel('Passport number').fill(applicant.number);
    await day(page, 'Expiry date', ['27', '3', '2031']);
    await page.getByLabel('Machine-readable zone').fill(zone(applicant));
  } else if (await page.getByLabel('Driver number').count()) {
    await page.getByLabel('Driver number').fill('DARCY952296N99AB');
    await day(page, 'Expiry date', ['1', '9', '2030']);
  } else {
    if (!(await page.getByLabel('Account number').count())) throw new Error(`What is this? ${await page.locator('main').innerText()}`);
    await page.getByLabel('Account number').fill('8001234567');
    const stated = new Date(Date.now() - 40 * 24 * 60 * 60 * 1000);
    await day(page, 'Date of the statement', [stated.getDate(), stated.getMonth() + 1, stated.getFullYear()].map(String));
  }
  await choose(page, /those of the applicant|in the applicant’s name/, 'Yes');
  await choose(page, 'Does it look genuine?', 'Yes');
  for (const legend of ['Visible security features', 'Under ultraviolet light, or magnified']) {
    if (await page.getByRole('group', { name: legend }).count()) await choose(page, legend, 'Right');
  }
  await save(page);
}

async function day(page: Page, legend: string, values: readonly string[]): Promise<void> {
  const group = page.getByRole('group', { name: legend });
  for (const [at, label] of ['Day', 'Month', 'Year'].entries()) await group.getByLabel(label).fill(values[at]!);
}

async function face(page: Page): Promise<void> {
  await page.getByRole('radio', { name: 'Meet the person' }).check();
  for (const legend of ['The person and the document’s photograph', 'The person and the photograph for the card']) {
    await choose(page, legend, 'The same person');
  }
  const against = page.getByRole('radio', { name: /Passport/ });
  if (await against.count()) await against.first().check();
  await save(page);
}

async function address(page: Page): Promise<void> {
  await page.getByRole('group', { name: 'What do they show?' }).getByRole('radio').first().check();
  await save(page);
}

/** Asked by the workflow: the page is looked at again until they have answered. */
async function fraud(page: Page): Promise<void> {
  const ask = page.getByRole('button', { name: 'Ask the sources' });
  if (await ask.count()) await ask.click();
  for (let tries = 0; tries < 30; tries++) {
    const goOn = page.getByRole('button', { name: 'Go on', exact: true });
    if (await goOn.count()) return goOn.click();
    await page.waitForTimeout(500);
    const again = page.getByRole('button', { name: 'See whether they have answered' });
    if (await again.count()) await again.click();
  }
}

/** What a passport's zone says of this applicant (ICAO 9303, part 4: TD3). */
function zone({ givenName, familyName, number }: Applicant): string {
  const letters = (text: string) =>
    text
      .toUpperCase()
      .replace(/[’'-]/g, (mark) => (mark === '-' ? '<' : ''))
      .replace(/[^A-Z<]/g, '');
  const names = `P<GBR${letters(familyName)}<<${letters(givenName)}`.padEnd(44, '<').slice(0, 44);
  const withDigit = (text: string) => text + String(checkDigit(text));
  const [document, birth, expiry] = [withDigit(number.padEnd(9, '<')), withDigit('960229'), withDigit('310327')] as const;
  const personal = withDigit('<'.repeat(14));
  const second = `${document}GBR${birth}F${expiry}${personal}`;
  return `${names}\n${second}${String(checkDigit(document + birth + expiry + personal))}`;
}
