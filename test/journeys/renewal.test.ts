import { X509Certificate } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import type { Page } from 'playwright-core';
import { AuditRow } from '../../db/audit.ts';
import { CertificateRow } from '../../db/smartcard/certificate.ts';
import { OpenCaseRow } from '../../db/open-case/open-case.ts';
import { RenewalRow } from '../../db/smartcard/renewal.ts';
import { people } from '../../dev/demo/people.ts';
import { expectAccessible, on, visit } from '../support/browser.ts';
import { eventually } from '../support/eventually.ts';
import { aWorker, giveCard, letCardEnd, readersOf, type Worker } from '../support/holder.ts';
import { type Journey, startJourney } from '../support/journey.ts';

let journey: Journey;
beforeAll(async () => void (journey = await startJourney()));
afterAll(() => journey.stop());
afterEach(() => journey.pressSwitch('agent', 'on'));

const dayMs = 86_400_000;
const minutes = 60_000;

/** The sweep, before its hour. */
async function sweep(): Promise<void> {
  const connection = await Connection.connect({ address: journey.running.places.temporal });
  await new Client({ connection }).schedule.getHandle('renewal-sweep').trigger();
  await connection.close();
}

const certificatesOf = ({ id }: Worker) =>
  journey.orm.em.fork().find(CertificateRow, { person: id }, { orderBy: { notBefore: 1, kind: 1 } });
const renewalOf = ({ id }: Worker) => journey.orm.em.fork().findOneOrFail(RenewalRow, { person: id });
const keyOf = ({ pem }: CertificateRow) => new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'pem' });

/** A browser of the holder's own, signed in to the back office with their card. */
async function signedIn(card: { card: string; passcode: string }, path: string): Promise<Page> {
  const { page } = await visit(journey.browser);
  await page.goto(journey.running.urls['Back office']! + path);
  await journey.useCard(page, card);
  await page.waitForURL((url) => url.origin === journey.running.urls['Back office']);
  return page;
}

async function signInToClinicalSystem(card: { card: string; passcode: string }): Promise<Page> {
  const { page } = await visit(journey.browser);
  await page.goto(journey.running.urls['Demo clinical system']!);
  await page.getByRole('button', { name: 'Sign in with Care Identity' }).click();
  await journey.useCard(page, card);
  return page;
}

/** Opens the window of the smartcard program, where the holder types the passcode. */
async function typePasscode(page: Page, passcode: string): Promise<void> {
  const open = page.getByRole('button', { name: 'Open the window for the passcode' });
  await open.waitFor();
  await expectAccessible(page);
  const [window] = await Promise.all([page.waitForEvent('popup'), open.click()]);
  await on(window, 'Renew your smartcard');
  await journey.typePasscode(window, passcode, 'Continue');
}

test('a holder is told in time, renews alone in two pages with new keys, and the old certificates end only then', async () => {
  const worker = await aWorker(journey, { givenNames: 'Oisín' });
  const card = await giveCard(journey, worker, { lifetimeDays: 60 });

  // 60 days before the end the sweep opens a renewal, and says so in a letter without a link.
  await sweep();
  const letter = await journey.letter(worker.email, /^Renew your smartcard/);
  expect(letter.text).not.toMatch(/https?:/);
  const opened = await renewalOf(worker);
  expect(opened.stage).toBe('open');
  expect((opened.notAfter.getTime() - opened.nextReminderAt.getTime()) / dayMs).toBeCloseTo(30, 3);

  // The holder signs in as always, and finds it on the page about themselves.
  const page = await signedIn(card, '/me');
  await on(page, 'Your details');
  await page.getByRole('link', { name: 'Renew your own smartcard' }).click();
  await on(page, 'Renew your smartcard');
  await page.getByRole('button', { name: 'Renew my smartcard' }).click();

  // The computer is switched off when the new keys are made and signed for, and nothing of them is on the card.
  const left = page.waitForEvent('close');
  await page.route('**/answers', async (route) => {
    await route.fetch({ maxRedirects: 0 });
    await page.close();
  });
  await typePasscode(page, card.passcode);
  await left;
  await journey.pressSwitch('agent', 'off');
  expect((await renewalOf(worker)).stage).toBe('signed');
  const signedFor = await certificatesOf(worker);
  expect(signedFor.map(({ state }) => state)).toEqual(['confirmed', 'confirmed', 'issued', 'issued']);

  // The old certificate is as good as before: the holder signs in with it, and goes on.
  await journey.pressSwitch('agent', 'on');
  const again = await signedIn(card, '/me/renewal');
  await on(again, 'Renew your smartcard');
  expect((await certificatesOf(worker)).map(({ state }) => state)).toEqual(['confirmed', 'confirmed', 'issued', 'issued']);
  // Until the new certificates have spoken from the card, the old ones are good.
  let before: string[] = [];
  await again.route('**/answers', async (route) => {
    if ((await renewalOf(worker)).stage === 'written') before = (await certificatesOf(worker)).map(({ state }) => state);
    await route.continue();
  });
  const [window] = await Promise.all([again.waitForEvent('popup'), again.getByRole('button', { name: 'Go on with the renewal' }).click()]);
  await on(window, 'Renew your smartcard');
  await journey.typePasscode(window, card.passcode, 'Continue');
  await again.getByText('You can take the card out.').waitFor({ timeout: 60_000 });
  await on(again, 'Your smartcard is renewed');
  expect(before).toEqual(['confirmed', 'confirmed', 'issued', 'issued']);
  await expectRenewed(worker);
  expect((await certificatesOf(worker)).map(({ serial }) => serial)).toEqual(signedFor.map(({ serial }) => serial));

  // The new certificates sign in.
  const system = await signInToClinicalSystem(card);
  await on(system, 'You are signed in');
  expect(await system.locator('main').innerText()).toContain(worker.name);
});

/** @param by those who opened the card for its holder: each is told of */
async function expectRenewed(worker: Worker, by: string[] = []): Promise<void> {
  const certificates = await certificatesOf(worker);
  expect(certificates.map(({ state, reason }) => ({ state, reason: reason ?? null }))).toEqual([
    ...Array(2).fill({ state: 'revoked', reason: 'superseded' }),
    ...Array(2).fill({ state: 'confirmed', reason: null }),
  ]);
  expect(new Set(certificates.map(keyOf)).size).toBe(4);
  const { id, stage } = await renewalOf(worker);
  expect(stage).toBe('done');
  const about = { subjectKind: 'renewal', subjectId: id, what: { $like: 'renewal.%' } };
  const audit = await journey.orm.em.fork().find(AuditRow, about, { orderBy: { at: 1 } });
  const opened = audit.filter(({ what }) => what === 'renewal.ordered-by-another');
  expect([...new Set(opened.map(({ who }) => who))]).toEqual(by);
  expect(audit.map(({ what }) => what).filter((what) => !['renewal.remind', 'renewal.ordered-by-another'].includes(what))).toEqual([
    'renewal.open',
    'renewal.make-keys',
    'renewal.write',
    'renewal.confirm',
  ]);
  await journey.letter(worker.email, /smartcard is renewed/i);
}

test(
  'past the end a card does not sign in, its holder is sent to the Registration Authority, and an RA agent renews it with them there',
  async () => {
    const worker = await aWorker(journey, { givenNames: 'Femi' });
    const card = await giveCard(journey, worker);
    const holder = await signedIn(card, '/me/renewal');
    await letCardEnd(journey, worker, { inSeconds: 8 });
    await sweep();
    await eventually(async () => expect((await renewalOf(worker)).stage).toBe('open'), 30_000);

    // It ends.
    const subjects = async () => (await journey.letters(worker.email)).map(({ subject }) => subject);
    await eventually(async () => expect(await subjects()).toContain('Your smartcard has expired'), 2 * minutes);
    await holder.goto(`${journey.running.urls['Back office']!}/me/renewal`);
    await on(holder, 'Renew your smartcard');
    expect(await holder.locator('main').innerText()).toContain('See your Registration Authority: Registration Authority, room 12');
    const { id } = await renewalOf(worker);
    await holder.goto(`${journey.running.urls['Back office']!}/me/renewal/${id}`);
    await on(holder, 'Renew your smartcard');
    expect(await holder.getByRole('button', { name: 'Begin' }).count()).toBe(0);
    const refused = await signInToClinicalSystem(card);
    await refused.getByText('This smartcard has expired.').waitFor();
    await on(refused, /^Sign in to Willow/);
    expect(await refused.locator('main').innerText()).toContain('room 12, Elm House');

    // It is a task of the RA agents now.
    const found = await journey.orm.em.fork().findOneOrFail(OpenCaseRow, { kind: 'renewal', id });
    expect(found.waitsFor).toBe('ra-agent');
    const asha = await journey.backOffice('Asha Patel');
    const readers = await readersOf(journey);
    await readers.put(card.card, 'Reader 2');
    await on(asha, 'Your tasks');
    await asha.getByRole('navigation').getByRole('link', { name: 'Renewals' }).click();
    await on(asha, 'Renewals');
    await asha.getByLabel('Certificates').selectOption('expired');
    await asha.getByRole('button', { name: 'Show' }).click();
    await asha.waitForURL(/when=expired/);
    await asha.setViewportSize({ width: 320, height: 900 });
    await on(asha, 'Renewals');
    await asha.getByRole('link', { name: worker.name }).click();
    await on(asha, `Renew the smartcard of ${worker.name}`);
    await asha.getByRole('button', { name: 'Begin' }).click();
    await typePasscode(asha, card.passcode);
    await asha.getByText('You can take the card out.').waitFor({ timeout: 60_000 });
    await on(asha, 'The smartcard is renewed');
    await expectRenewed(worker, [people.find(({ familyName }) => familyName === 'Patel')!.id]);

    const system = await signInToClinicalSystem(card);
    await on(system, 'You are signed in');
  },
  5 * minutes,
);
