import type { Page } from 'playwright-core';
import { AuditRow } from '../../db/audit.ts';
import { OpenCaseRow } from '../../db/open-case/open-case.ts';
import { on } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { type Journey, startJourney } from '../support/journey.ts';
import { aPhotographedPerson } from '../support/photographed.ts';

let journey: Journey;
beforeAll(async () => void (journey = await startJourney()));
afterAll(() => journey.stop());
afterEach(() => printer('on'));

const printer = (action: 'off' | 'on') => journey.pressSwitch('card printer', action);

/** An RA agent begins a card and prints it. @returns the case's id */
async function beginCard(agent: Page, { id, name }: { id: string; name: string }): Promise<string> {
  await agent.goto(`${journey.running.urls['Back office']!}/people/${id}/card-issue`);
  await on(agent, `Issue a smartcard to ${name}`);
  await agent.getByRole('button', { name: 'Begin' }).click();
  await on(agent, `Smartcard for ${name}`);
  await agent.getByLabel('Card printer, Main reception').check();
  await agent.getByRole('button', { name: 'Print the card' }).click();
  await on(agent, `Smartcard for ${name}`);
  return new URL(agent.url()).pathname.split('/').at(-1)!;
}

/** Opens an act from the case's page, where it says what it would do. */
async function choose(manager: Page, path: string, act: string): Promise<string> {
  await manager.goto(journey.running.urls['Back office']! + path);
  await manager.getByRole('link', { name: act, exact: true }).click();
  await on(manager, act === 'End it' ? 'End this case' : act);
  return manager.locator('main').innerText();
}

test('the printer is switched off: the manager sees it, switches it on, tries again, reminds, hands over, and ends the case', async () => {
  const holder = await aPhotographedPerson(journey.orm);
  await printer('off');
  const agent = await journey.backOffice('Asha Patel');
  const id = await beginCard(agent, holder);
  const began = Date.now();

  // Within 30 seconds the board says so in words.
  const manager = await journey.backOffice('Morgan Ellis', '/open-cases');
  await on(manager, 'Open cases');
  await manager.getByLabel('Kind', { exact: true }).selectOption('Smartcard');
  await manager.getByLabel('Health').selectOption('Failing');
  await eventually(async () => {
    await manager.getByRole('button', { name: 'Show these' }).click();
    await manager.getByText('The printer at Main reception has not answered since').first().waitFor({ timeout: 1000 });
  }, 30_000);
  expect(Date.now() - began).toBeLessThan(30_000);
  await on(manager, 'Open cases');
  await manager.getByRole('img', { name: /^Open cases by age/ }).waitFor();
  await manager.getByText('The same numbers as a table').click();
  await manager.getByRole('cell').first().waitFor();

  // Its page tells the story, and what would be tried again.
  await manager.getByRole('link', { name: holder.name }).click();
  await on(manager, holder.name);
  const path = new URL(manager.url()).pathname;
  const told = await manager.locator('main').innerText();
  expect(told).toContain('The card waits to be printed');
  expect(told).toContain('Asha Patel');
  expect(told).toContain('Printing the card');
  expect(await choose(manager, path, 'Try again now')).toContain('A card that may have been printed is not printed again');

  // Switched on and tried again, it goes on.
  await printer('on');
  await manager.getByRole('button', { name: 'Try again now' }).click();
  await on(manager, holder.name);
  await eventually(async () => {
    await agent.goto(`${journey.running.urls['Back office']!}/card-issues/${id}`);
    await agent
      .getByRole('heading', { name: 'Put the blank card in' })
      .or(agent.getByText('Printed', { exact: false }))
      .first()
      .waitFor({ timeout: 1000 });
    expect(await journey.orm.em.fork().findOne(OpenCaseRow, { id })).toMatchObject({ failingSince: null, stage: 'printed' });
  }, 30_000);

  // A reminder says first whom it goes to, and goes there.
  expect(await choose(manager, path, 'Send a reminder')).toContain('Asha Patel');
  await manager.getByRole('button', { name: 'Send the reminder' }).click();
  await on(manager, holder.name);
  await journey.letter(journey.person('Asha Patel').email, /still waits for you|waits for you/);

  // Somebody else has it now.
  await choose(manager, path, 'Hand it to somebody else');
  await manager.getByRole('button', { name: 'Hand it over' }).click();
  expect(await manager.title()).toMatch(/^Error: /);
  await manager.getByLabel('Tomás Ó Briain').check();
  await manager.getByRole('button', { name: 'Hand it over' }).click();
  await on(manager, holder.name);
  expect(await manager.locator('main').innerText()).toContain('Tomás Ó Briain');

  // It is ended, with a reason, and its story stays.
  expect(await choose(manager, path, 'End it')).toContain('No card is issued');
  await manager.getByLabel('The person has left or is not joining').check();
  await manager.getByLabel('What happened?').fill('Took a post elsewhere <b>yesterday</b>');
  await manager.getByRole('button', { name: 'End the case' }).click();
  await on(manager, 'This case is over');
  expect(await manager.locator('main').innerText()).toContain('Took a post elsewhere <b>yesterday</b>');

  const acts = await journey.orm.em.fork().find(AuditRow, { caseId: `card-issue/${id}` }, { orderBy: { at: 1 } });
  expect(acts.map(({ what }) => what)).toEqual(
    expect.arrayContaining(['print-job.queue', 'open-case.retry', 'print-job.printed', 'card-issue.hand-over', 'open-case.end']),
  );
  expect(acts.filter(({ what }) => what === 'print-job.printed')).toHaveLength(1);
});

test('a case that holds a card is ended by two managers', async () => {
  const holder = await aPhotographedPerson(journey.orm);
  const agent = await journey.backOffice('Asha Patel');
  const id = await beginCard(agent, holder);
  // As if the blank had been prepared: how that is done is another journey.
  await eventually(
    async () => expect(await journey.orm.em.fork().findOne(OpenCaseRow, { id })).toMatchObject({ stage: 'printed' }),
    30_000,
  );
  await journey.orm.em.fork().nativeUpdate(OpenCaseRow, { id }, { holdsCard: true });
  const path = `/open-cases/card-issue/${id}`;

  const manager = await journey.backOffice('Morgan Ellis', path);
  await on(manager, holder.name);
  expect(await choose(manager, path, 'End it')).toContain('only when a second manager agrees');
  await manager.getByLabel('Fraud is suspected').check();
  await manager.getByLabel('What happened?').fill('The face is not theirs');
  await manager.getByRole('button', { name: 'Ask for it to be ended' }).click();
  await on(manager, holder.name);
  await manager.getByText('Somebody asks to end this case').waitFor();
  expect(await manager.getByRole('button', { name: 'Agree, and end the case' }).count()).toBe(0);

  const second = await journey.backOffice('Ines Novák', path);
  await on(second, holder.name);
  expect(await second.locator('main').innerText()).toContain('Fraud is suspected: The face is not theirs');
  await second.getByRole('button', { name: 'Agree, and end the case' }).click();
  await on(second, 'This case is over');

  const [ended] = await journey.orm.em.fork().find(AuditRow, { caseId: `card-issue/${id}`, what: 'open-case.end' });
  expect(ended?.detail).toMatchObject({ reason: 'fraud', words: 'The face is not theirs' });
  expect(ended!.detail['agreedBy']).not.toBe(ended!.detail['askedBy']);
});
