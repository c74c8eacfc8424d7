import { join } from 'node:path';
import { ApplicationRow } from '../../db/application/application.ts';
import { AuditRow } from '../../db/audit.ts';
import { apply, codeFor } from '../support/applicant.ts';
import { on, visit } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { type Journey, startJourney } from '../support/journey.ts';
import { readableIn } from '../support/unreadable.ts';

let journey: Journey;
beforeAll(async () => void (journey = await startJourney()));
afterAll(() => journey.stop());

test('somebody who was invited applies on a telephone, comes back by a link and a code, and withdraws', async () => {
  const applicant = await apply(journey, {}, { narrow: true });

  // An e-mail confirms it, with a link that alone opens nothing.
  const confirmation = await journey.letter(applicant.email, /application/i);
  expect(confirmation.text).toContain(applicant.reference);
  const link = /https?:\/\/\S+/.exec(confirmation.text)?.[0] ?? '';
  const { page } = await visit(journey.browser);
  await page.goto(link);
  await on(page, 'Come back to your application');
  expect(await page.locator('main').innerText()).not.toContain(applicant.familyName);

  // A wrong code opens nothing either; the right one does.
  const earlier = await codeFor(journey, applicant.email);
  await aMinutePasses(applicant.reference);
  await page.getByRole('button', { name: 'Send me a code' }).click();
  await on(page, 'Enter the code we sent you');
  await page.getByLabel('Code').fill('000000');
  await page.getByRole('button', { name: 'Continue' }).click();
  expect(await page.title()).toMatch(/^Error: /);
  await eventually(async () => expect(await codeFor(journey, applicant.email)).not.toBe(earlier), 30_000);
  await page.getByLabel('Code').fill(await codeFor(journey, applicant.email));
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText(`${applicant.reference.slice(0, 5)} ${applicant.reference.slice(5)}`).waitFor();
  await page.getByRole('link', { name: 'Withdraw your application' }).click();
  await on(page, 'Withdraw your application?');
  await page.getByLabel('I want to withdraw my application').check();
  await page.getByRole('button', { name: 'Withdraw' }).click();
  await page
    .getByText(/withdr/i)
    .first()
    .waitFor();

  const application = await journey.orm.em.fork().findOneOrFail(ApplicationRow, { reference: applicant.reference });
  const audit = await journey.orm.em
    .fork()
    .find(AuditRow, { subjectKind: 'application', subjectId: application.id }, { orderBy: { at: 1 } });
  expect(audit.map(({ what }) => what)).toEqual(expect.arrayContaining(['application.submit', 'application.withdraw']));

  // What was typed is in PostgreSQL and nowhere else.
  const secrets = [applicant.familyName, applicant.nationalInsuranceNumber, applicant.email, applicant.number, '1996-02-29'];
  expect(readableIn(join(journey.running.files['data']!), secrets)).toEqual([]);
});

/** A code is sent once a minute: the one before is made older than that. */
async function aMinutePasses(reference: string): Promise<void> {
  const em = journey.orm.em.fork();
  const { id } = await em.findOneOrFail(ApplicationRow, { reference });
  await em.execute(`update email_code set sent_at = sent_at - interval '2 minutes' where application = :id`, { id });
}
