import type { Page } from 'playwright-core';
import { AuditRow } from '../../db/audit.ts';
import { CertificateRow } from '../../db/smartcard/certificate.ts';
import { SmartcardRow } from '../../db/smartcard/smartcard.ts';
import { people } from '../../dev/demo/people.ts';
import { on, visit } from '../support/browser.ts';
import { at, choosePasscode, openPasscodeWindow, printCard, recogniseAndHandOver } from '../support/card-issuing.ts';
import { eventually } from '../support/eventually.ts';
import { aWorker, giveCard, readersOf, type Worker } from '../support/holder.ts';
import { type Journey, startJourney } from '../support/journey.ts';
import { withOneReader } from '../support/one-reader.ts';

let journey: Journey;
beforeAll(async () => void (journey = await startJourney()));
afterAll(() => journey.stop());

const chosen = '739158';

async function signIn(page: Page, card: { card: string; passcode: string }): Promise<void> {
  await page.goto(journey.running.urls['Demo clinical system']!);
  await page.getByRole('button', { name: 'Sign in with Care Identity' }).click();
  await journey.useCard(page, card);
}

/** Every card the person ever had, the oldest first, with its certificates. */
async function cardsOf({ id }: Worker) {
  const em = journey.orm.em.fork();
  const cards = await em.find(SmartcardRow, { person: id }, { orderBy: { createdAt: 1 } });
  return Promise.all(
    cards.map(async ({ id: smartcard, serial, state }) => {
      const certificates = await em.find(CertificateRow, { smartcard });
      return { serial, state, certificates: certificates.map((each) => each.reason ?? each.state) };
    }),
  );
}
/** There is a checked photograph of each: nothing is in the way but a press. */
async function expectDemoPeopleReplaceable(agent: Page): Promise<void> {
  const here = agent.url();
  for (const { id } of people.filter((each) => each.familyName === 'Suharto' || each.familyName === 'Adeyemi')) {
    await agent.goto(`${journey.running.urls['Back office']!}/people/${id}/card-issue`);
    await on(agent, /^Replace the smartcard of/);
    expect(await agent.getByRole('button', { name: /^Begin/ }).count()).toBeGreaterThan(0);
  }
  await agent.goto(here);
}
const both = (state: string) => [state, state];

test('a damaged card is cancelled, and another is made at a workstation with one reader, which says when to swap', async () => {
  const worker = await aWorker(journey, { givenNames: 'Aoife' });
  const old = await giveCard(journey, worker);
  const usual = await withOneReader(journey);
  try {
    const readers = await readersOf(journey);
    const asha = await journey.backOffice('Asha Patel', `/people/${worker.id}`);
    await on(asha, worker.name);
    await asha.getByRole('link', { name: old.card }).click();
    await on(asha, `Smartcard of ${worker.name}`);
    await asha.getByRole('link', { name: 'Cancel it' }).click();
    await on(asha, `Cancel the smartcard of ${worker.name}`);
    await asha.getByRole('button', { name: 'Cancel the smartcard' }).click();
    await on(asha, `Cancel the smartcard of ${worker.name}`);
    expect(await asha.title()).toMatch(/^Error: /);
    await asha.getByLabel('It is damaged').check();
    await asha.getByRole('button', { name: 'Cancel the smartcard' }).click();
    await on(asha, `Smartcard of ${worker.name}`);
    expect(await cardsOf(worker)).toEqual([{ serial: old.card, state: 'cancelled', certificates: both('cessationOfOperation') }]);
    await journey.letter(worker.email, /cancelled/i);

    await asha.goto(`${journey.running.urls['Back office']!}/people/${worker.id}`);
    await asha.getByRole('button', { name: 'Issue a smartcard' }).click();
    await on(asha, `Issue a smartcard to ${worker.name}`);
    await printCard(asha, worker.name);

    // Her own card is in the only reader: she is told to take it out, and loses nothing by it.
    const swap = 'Take your own card out of the reader, and put the printed card in. You stay signed in';
    await asha.getByText(swap).waitFor();
    await asha.getByRole('button', { name: 'Use this card' }).click();
    await asha.getByText('Select the card that was printed').waitFor();
    // The cancelled card is no blank one.
    await readers.put(old.card, 'Reader 1');
    await asha.getByText('The card in the reader is not blank. Put the printed card in a reader').waitFor();
    const blank = await readers.addBlank();
    await readers.put(blank, 'Reader 1');
    await asha.getByLabel(`Serial number ${blank} (Reader 1)`).waitFor();
    await at(asha, 'Put the printed card in a reader');
    await asha.getByRole('button', { name: 'Use this card' }).click();
    await at(asha, 'Is this the person in front of you?');

    // She puts her own card back too early: she is told which one has to be in.
    await readers.put(journey.person('Asha Patel').card, 'Reader 1');
    await asha.getByLabel('The person in front of me is the one on this photograph').check();
    await asha.getByRole('button', { name: 'Continue' }).click();
    await at(asha, 'The holder chooses a passcode');
    await asha.getByRole('button', { name: 'The holder is ready' }).click();
    await asha.getByRole('alert').getByText(`Put the card with serial number ${blank} in a reader`).waitFor();
    await readers.put(blank, 'Reader 1');
    await asha.getByRole('button', { name: 'The holder is ready' }).click();
    await choosePasscode(asha, await openPasscodeWindow(asha), chosen);
    expect(await cardsOf(worker)).toEqual([
      { serial: old.card, state: 'cancelled', certificates: both('cessationOfOperation') },
      { serial: blank, state: 'active', certificates: both('confirmed') },
    ]);

    // The new card signs its holder in, and the old one nobody.
    const { page } = await visit(journey.browser);
    await signIn(page, old);
    await page.getByText('This smartcard was cancelled. Ask your Registration Authority for a new one').waitFor();
    await on(page, /^Sign in to Willow/);
    await signIn(page, { card: blank, passcode: chosen });
    await on(page, 'You are signed in');
  } finally {
    await usual();
  }
});

test('a card is replaced: the old one is good until the new one is its holder’s, and not a moment longer', async () => {
  const worker = await aWorker(journey, { givenNames: 'Yusuf' });
  const old = await giveCard(journey, worker);
  const readers = await readersOf(journey);
  const blank = await readers.addBlank();
  const { page: ward } = await visit(journey.browser);
  await signIn(ward, old);
  await on(ward, 'You are signed in');

  const asha = await journey.backOffice('Asha Patel', `/people/${worker.id}`);
  await readers.put(blank, 'Reader 2');
  await on(asha, worker.name);
  await asha.getByRole('link', { name: old.card }).click();
  await on(asha, `Smartcard of ${worker.name}`);
  await asha.getByRole('link', { name: 'Replace it' }).click();
  await on(asha, `Replace the smartcard of ${worker.name}`);
  await expectDemoPeopleReplaceable(asha);
  await printCard(asha, worker.name);
  await asha.getByLabel(`Serial number ${blank} (Reader 2)`).check();
  await asha.getByRole('button', { name: 'Use this card' }).click();
  const window = await recogniseAndHandOver(asha, worker.name);
  expect(await asha.locator('main').innerText()).toContain(`The card with serial number ${old.card}`);

  // Until the passcode is chosen the old card is the one.
  expect(await cardsOf(worker)).toEqual([
    { serial: old.card, state: 'active', certificates: both('confirmed') },
    { serial: blank, state: 'issuing', certificates: both('issued') },
  ]);
  await choosePasscode(asha, window, chosen);
  expect(await cardsOf(worker)).toEqual([
    { serial: old.card, state: 'replaced', certificates: both('superseded') },
    { serial: blank, state: 'active', certificates: both('confirmed') },
  ]);
  const about = { subjectKind: 'smartcard', detail: { $contains: { person: worker.id } } };
  const audit = await journey.orm.em.fork().find(AuditRow, about, { orderBy: { at: 1 } });
  expect(audit.map(({ what }) => what)).toEqual(expect.arrayContaining(['smartcard.replace', 'smartcard.issue']));

  // Who was signed in with the old card is signed out, and it signs nobody in; the new one does.
  await eventually(async () => {
    await ward.reload();
    expect(await ward.getByRole('heading', { level: 1 }).innerText()).toBe('Willow clinical system');
  }, 90_000);
  await signIn(ward, old);
  await ward.getByText('This smartcard was replaced by a newer one. Use that one').waitFor();
  await on(ward, /^Sign in to Willow/);
  await signIn(ward, { card: blank, passcode: chosen });
  await on(ward, 'You are signed in');
  expect(await ward.locator('main').innerText()).toContain(worker.name);
});
