import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { AuditRow } from '../../db/audit.ts';
import { PersonRow } from '../../db/person/person.ts';
import { randomCareId, RoleProfileRow } from '../../db/position-request/role-profile.ts';
import { on } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { type Journey, startJourney } from '../support/journey.ts';

let journey: Journey;
beforeAll(async () => void (journey = await startJourney()));
afterAll(() => journey.stop());

/** Somebody with a Care ID and nothing else, whose name no other test has. */
async function aNewcomer() {
  const id = randomUUID();
  const familyName = `Ó Súilleabháin-${id.slice(0, 4)}`;
  const row = {
    id,
    careId: randomCareId(),
    state: 'active' as const,
    givenNames: 'Zoë Anne',
    familyName,
    dateOfBirth: '1996-02-29',
    email: `zoe.${id.slice(0, 8)}@care-demo.example`,
    organisation: 'RZ9',
    identityAssuranceLevel: 3,
    termsVersion: 1,
    createdAt: new Date(),
  };
  await journey.orm.em.fork().insert(PersonRow, row);
  return { ...row, name: `Zoë Anne ${familyName}` };
}

const inAYear = new Date(Date.now() + 365 * 24 * 60 * 60 * 1000);

async function askFor(page: Page, newcomer: { name: string; familyName: string }, position: string): Promise<void> {
  // The agent finds the person by the family name first, without its accents.
  await page.getByRole('link', { name: 'Find a person' }).first().click();
  await on(page, 'Find a person');
  await page.getByLabel('Who are you looking for?').fill(`osuilleabhain ${newcomer.familyName.slice(-4)} zoe`);
  await page.getByRole('button', { name: 'Search' }).click();
  await on(page, 'Find a person');
  expect(page.url()).not.toContain('zoe');
  await page.getByRole('link', { name: newcomer.name }).click();
  await on(page, newcomer.name);

  await page.getByRole('button', { name: 'Ask for a position' }).click();
  await on(page, 'Where is the position?');
  await page.getByRole('link', { name: 'Elm Surgery' }).click();
  await on(page, 'Ask for a position at Elm Surgery');
  await page.getByRole('button', { name: 'Continue' }).click();
  await on(page, 'Ask for a position at Elm Surgery');
  expect(await page.title()).toMatch(/^Error: /);

  await page.getByLabel(position, { exact: true }).check();
  const today = new Date();
  await fillDay(page, 'First day', today);
  await fillDay(page, 'Last day (optional)', inAYear);
  await page.getByLabel('Why does this person need it?').fill('Starts at the front desk <b>on Monday</b>');
  await page.getByRole('button', { name: 'Continue' }).click();
  await on(page, 'Check your answers');
  await page.getByRole('button', { name: 'Send the request' }).click();
  await on(page, `${position} for ${newcomer.name}`);
}

async function fillDay(page: Page, legend: string, day: Date): Promise<void> {
  const group = page.getByRole('group', { name: legend });
  await group.getByLabel('Day').fill(String(day.getDate()));
  await group.getByLabel('Month').fill(String(day.getMonth() + 1));
  await group.getByLabel('Year').fill(String(day.getFullYear()));
}

test('an RA agent finds a person and asks for a position, a sponsor asks a question, and approves it for less long', async () => {
  const newcomer = await aNewcomer();
  const agent = await journey.backOffice('Asha Patel');
  await on(agent, 'Your tasks');
  await askFor(agent, newcomer, 'Receptionist');

  // The sponsor sees who, what access, why and for how long, and asks back.
  const sponsor = await journey.backOffice("Siobhán O'Neill", '/position-requests');
  await on(sponsor, 'Position requests');
  await sponsor.getByRole('link', { name: newcomer.name }).click();
  await on(sponsor, `Receptionist for ${newcomer.name}`);
  expect(await sponsor.locator('main').innerText()).toContain('Starts at the front desk <b>on Monday</b>');
  await sponsor.getByLabel('Send back with a question').check();
  await sponsor.getByRole('button', { name: 'Send your decision' }).click();
  expect(await sponsor.title()).toMatch(/^Error: /);
  await sponsor.getByLabel('Reason or question').fill('Which desk?');
  await sponsor.getByRole('button', { name: 'Send your decision' }).click();
  await on(sponsor, `Receptionist for ${newcomer.name}`);

  // The agent answers.
  await agent.reload();
  await agent.getByLabel('Your answer').fill('The one upstairs');
  await agent.getByRole('button', { name: 'Send your answer' }).click();
  await on(agent, `Receptionist for ${newcomer.name}`);

  // The sponsor approves for three months only, and cannot make it longer.
  await sponsor.reload();
  await sponsor.getByLabel('Approve').check();
  await fillDay(sponsor, 'An earlier last day (optional)', new Date(inAYear.getTime() + 90 * 24 * 60 * 60 * 1000));
  await sponsor.getByRole('button', { name: 'Send your decision' }).click();
  expect(await sponsor.title()).toMatch(/^Error: /);
  const earlier = new Date(inAYear.getTime() - 270 * 24 * 60 * 60 * 1000);
  await fillDay(sponsor, 'An earlier last day (optional)', earlier);
  await sponsor.getByRole('button', { name: 'Send your decision' }).click();
  await on(sponsor, `Receptionist for ${newcomer.name}`);
  await sponsor.getByText('Approved', { exact: false }).first().waitFor();

  // The person holds a role profile that ends at eight in the morning after its last day.
  const held = await journey.orm.em.fork().findOneOrFail(RoleProfileRow, { person: newcomer.id });
  expect(held).toMatchObject({ jobRole: 'R8009', organisation: 'A9A5A', endsOn: earlier.toISOString().slice(0, 10) });
  expect(held.endsAt?.toLocaleTimeString('en-GB', { timeZone: 'Europe/London', timeStyle: 'short' })).toBe('08:00');
  const audit = await journey.orm.em
    .fork()
    .find(AuditRow, { subjectKind: 'position-request', detail: { $contains: {} } }, { orderBy: { at: -1 }, limit: 4 });
  expect(audit.map(({ what }) => what)).toEqual(
    expect.arrayContaining(['position-request.approve', 'position-request.resubmit', 'position-request.send-back']),
  );
  await journey.letter(newcomer.email, /position/i);
});

test('a sponsor decides several at once after one page that lists them', async () => {
  const [one, two] = [await aNewcomer(), await aNewcomer()];
  const agent = await journey.backOffice('Tomás Ó Briain');
  await askFor(agent, one, 'Receptionist');
  await askFor(agent, two, 'Practice nurse');

  const sponsor = await journey.backOffice('David Okafor', '/position-requests');
  await on(sponsor, 'Position requests');
  for (const { name } of [one, two]) await sponsor.getByRole('checkbox', { name: new RegExp(name) }).check();
  await sponsor.getByRole('button', { name: 'Decide those chosen together' }).click();
  await on(sponsor, 'Decide 2 requests together');
  await sponsor.getByLabel('Approve').check();
  await sponsor.getByRole('button', { name: 'Send your decision' }).click();
  await on(sponsor, 'What came of your decisions');
  await sponsor.getByText('2 saved, 0 refused').waitFor();

  await eventually(async () => {
    expect(await journey.orm.em.fork().count(RoleProfileRow, { person: { $in: [one.id, two.id] } })).toBe(2);
  });
});
