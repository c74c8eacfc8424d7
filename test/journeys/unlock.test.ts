import type { Page } from 'playwright-core';
import { AuditRow } from '../../db/audit.ts';
import { PersonRow } from '../../db/person/person.ts';
import { expectAccessible, on, visit } from '../support/browser.ts';
import { aWorker, giveCard, readersOf } from '../support/holder.ts';
import { type Journey, startJourney } from '../support/journey.ts';

let journey: Journey;
beforeAll(async () => void (journey = await startJourney()));
afterAll(() => journey.stop());

const chosen = '493058';

/** Opens the clinical system, is sent to sign in, and presses for the card. @returns the window that asks for the passcode */
async function beginSignIn(page: Page, card: string): Promise<Page> {
  await journey.put(card);
  await page.goto(journey.running.urls['Demo clinical system']!);
  await page.getByRole('button', { name: 'Sign in with Care Identity' }).click();
  await on(page, /^Sign in to Willow/);
  const [window] = await Promise.all([page.waitForEvent('popup'), page.getByRole('button', { name: 'Use your smartcard' }).click()]);
  return window;
}

async function setPasscode(window: Page, passcode: string): Promise<void> {
  await on(window, 'Unlock the smartcard');
  await window.getByLabel('New passcode', { exact: true }).fill(passcode);
  await window.getByLabel('New passcode again').fill(passcode);
  await window.getByRole('button', { name: 'Set new passcode' }).click();
}

test('three wrong passcodes lock a card, and an unlocker unlocks it with its holder there', async () => {
  const worker = await aWorker(journey, { givenNames: 'Ebele' });
  const { card, passcode } = await giveCard(journey, worker);
  const readers = await readersOf(journey);
  const { page } = await visit(journey.browser);

  // The window counts the tries.
  const window = await beginSignIn(page, card);
  await journey.typePasscode(window, '111222');
  await window.getByRole('alert').getByText('You have 2 tries left').waitFor();
  await journey.typePasscode(window, '111223');
  await window.getByRole('alert').getByText('You have 1 try left before the card locks').waitFor();
  await journey.typePasscode(window, '111224');
  await on(window, 'Your smartcard is locked');
  await window.close();
  const help = page.getByText('This smartcard is locked. Have it unlocked by an unlocker, your sponsor or your Registration Authority');
  await help.waitFor();

  // Asked again, the page says so without opening the window, and who can help.
  await page.reload();
  await page.getByRole('button', { name: 'Use your smartcard' }).click();
  await help.waitFor();

  // Sam, who unlocks cards at the surgery, finds whose it is.
  const sam = await journey.backOffice('Sam Taylor', '/people');
  await readers.put(card, 'Reader 2');
  await on(sam, 'Find a person');
  await sam.getByLabel('Who are you looking for?').fill(worker.careId);
  await sam.getByRole('button', { name: 'Search' }).click();
  await sam.getByRole('link', { name: worker.name }).click();
  await on(sam, worker.name);
  await sam.getByRole('link', { name: card }).click();
  await on(sam, `Smartcard of ${worker.name}`);
  await sam.getByRole('link', { name: 'Unlock it, with its holder here' }).click();
  await on(sam, `Unlock the smartcard of ${worker.name}`);
  await sam.getByRole('button', { name: 'Continue' }).click();
  await sam.getByRole('link', { name: 'Confirm that the holder is with you' }).waitFor();
  await on(sam, `Unlock the smartcard of ${worker.name}`);
  await sam.getByLabel(`${worker.name} is with me, and is the person on the smartcard`).check();
  await sam.getByRole('button', { name: 'Continue' }).click();

  // The holder types a new passcode in the window, which refuses one that is easily guessed.
  const open = sam.getByRole('button', { name: 'Open the window to choose a passcode' });
  await open.waitFor();
  await expectAccessible(sam);
  const [choosing] = await Promise.all([sam.waitForEvent('popup'), open.click()]);
  await setPasscode(choosing, '121212');
  await choosing.getByRole('alert').getByText('harder to guess').waitFor();
  await setPasscode(choosing, chosen);
  await sam.getByText('The smartcard is unlocked.').waitFor();
  await on(sam, `Smartcard of ${worker.name}`);

  const em = journey.orm.em.fork();
  const unlocker = await em.findOneOrFail(PersonRow, { careId: journey.person('Sam Taylor').careId });
  const audit = await em.find(AuditRow, { what: 'smartcard.unlock', detail: { $contains: { person: worker.id } } });
  expect(audit.map(({ who }) => who)).toEqual([unlocker.id]);

  // The old passcode is refused, the new one signs in.
  const again = await beginSignIn(page, card);
  await journey.typePasscode(again, passcode);
  await again.getByRole('alert').getByText('You have 2 tries left').waitFor();
  await journey.typePasscode(again, chosen);
  await on(page, 'You are signed in');
  expect(await page.locator('main').innerText()).toContain(worker.name);
});
