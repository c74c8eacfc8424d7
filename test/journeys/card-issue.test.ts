import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PDFiumLibrary } from '@hyzyla/pdfium';
import type { Page } from 'playwright-core';
import { AuditRow } from '../../db/audit.ts';
import { CardIssueRow } from '../../db/smartcard/card-issue.ts';
import { CertificateRow } from '../../db/smartcard/certificate.ts';
import { PersonRow } from '../../db/person/person.ts';
import { SmartcardRow } from '../../db/smartcard/smartcard.ts';
import { expectAccessible, on, visit } from '../support/browser.ts';
import { at, openPasscodeWindow, printCard, typeNewPasscode } from '../support/card-issuing.ts';
import { aWorker, readersOf, type Worker } from '../support/holder.ts';
import { type Journey, startJourney } from '../support/journey.ts';

let journey: Journey;
beforeAll(async () => void (journey = await startJourney()));
afterAll(() => journey.stop());

const chosen = '802614';

/** From the person's page to a card that lies at the printer. */
async function print(agent: Page, worker: Worker): Promise<void> {
  await on(agent, worker.name);
  await agent.getByRole('button', { name: 'Issue a smartcard' }).click();
  await on(agent, `Issue a smartcard to ${worker.name}`);
  await printCard(agent, worker.name);
}

/** The passcode, in the window of the smartcard program: what is refused first, then what is taken. */
async function choosePasscode(window: Page): Promise<void> {
  const type = (passcode: string, again?: string) => typeNewPasscode(window, passcode, again);
  const problem = (text: string) => window.getByRole('alert').getByText(text).waitFor();
  await type('123456');
  await problem('harder to guess');
  await expectAccessible(window);
  await type(chosen, '802615');
  await problem('not the same');
  await type(chosen);
  await problem('accept the terms');
  await window.getByLabel(/I am the card holder, and I accept the terms/).check();
  await type(chosen);
}

test('a card is printed and made by two RA agents in two browsers, and its holder alone can use it', async () => {
  const worker = await aWorker(journey);
  const readers = await readersOf(journey);
  const blank = await readers.addBlank();
  const asha = await journey.backOffice('Asha Patel', `/people/${worker.id}`);
  await print(asha, worker);
  const printed = await textOf(printedLast());
  expect(printed).toContain(worker.careId.replace(/(\d{4})(?=\d)/g, '$1 '));
  expect(printed.replace(/[\s\uFFFE-]/g, '')).toContain(worker.familyName.replace('-', '').replace(/\s/g, ''));

  // Only her own card is in a reader: it is not offered. The printed one is, by its serial.
  await asha.getByRole('button', { name: 'Use this card' }).click();
  await asha.getByText('Select the card that was printed').waitFor();
  await readers.put(blank, 'Reader 2');
  await asha.getByLabel(`Serial number ${blank} (Reader 2)`).waitFor();
  expect(await asha.getByRole('radio').count()).toBe(1);

  // Her computer fails while the card makes its keys: nobody hears of them.
  let answers = 0;
  await asha.route('**/answers', async (route) => {
    answers += 1;
    await (answers === 3 ? route.abort() : route.continue());
  });
  const lost = asha.waitForEvent('requestfailed', (request) => request.url().endsWith('/answers'));
  await asha.getByRole('button', { name: 'Use this card' }).click();
  await lost;
  await asha.context().close();

  // A colleague finds it half-way, and goes on at his own place.
  const tomas = await journey.backOffice('Tomás Ó Briain', '/card-issues');
  await readers.put(blank, 'Reader 2');
  await on(tomas, 'Smartcards being issued');
  await tomas.getByRole('link', { name: worker.name }).click();
  await on(tomas, `Smartcard for ${worker.name}`);
  await at(tomas, 'Make the keys');
  await tomas.getByRole('button', { name: 'Go on with the card' }).click();
  await at(tomas, 'Is this the person in front of you?');
  await tomas.getByRole('button', { name: 'Continue' }).click();
  await on(tomas, `Smartcard for ${worker.name}`);
  expect(await tomas.title()).toMatch(/^Error: /);
  await tomas.getByLabel('The person in front of me is the one on this photograph').check();
  await tomas.getByRole('button', { name: 'Continue' }).click();

  // He hands over to the holder, who chooses a passcode and accepts the terms.
  await at(tomas, 'The holder chooses a passcode');
  await tomas.getByRole('button', { name: 'The holder is ready' }).click();
  await choosePasscode(await openPasscodeWindow(tomas));
  await tomas.getByText('The card is active: give it to').waitFor();
  await expectAccessible(tomas);
  await journey.letter(worker.email, /smartcard is ready/i);
  await expectIssued(worker, blank);

  // With it the holder signs in to another system.
  const { page } = await visit(journey.browser);
  await page.goto(journey.running.urls['Demo clinical system']!);
  await page.getByRole('button', { name: 'Sign in with Care Identity' }).click();
  await journey.useCard(page, { card: blank, passcode: chosen });
  await on(page, 'You are signed in');
  expect(await page.locator('main').innerText()).toContain(worker.name);
});

async function expectIssued(worker: Worker, serial: string): Promise<void> {
  const em = journey.orm.em.fork();
  const [asha, tomas] = await Promise.all(
    ['Asha Patel', 'Tomás Ó Briain'].map((name) => em.findOneOrFail(PersonRow, { careId: journey.person(name).careId })),
  );
  const issue = await em.findOneOrFail(CardIssueRow, { person: worker.id });
  expect(issue).toMatchObject({ stage: 'done', serial, recognisedBy: tomas!.id });
  const card = await em.findOneOrFail(SmartcardRow, { serial });
  expect(card).toMatchObject({ state: 'active', person: worker.id });
  expect((await em.findOneOrFail(PersonRow, { id: worker.id })).termsVersion).toBe(1);
  const certificates = await em.find(CertificateRow, { smartcard: card.id }, { orderBy: { kind: 1 } });
  expect(certificates.map(({ kind, state }) => ({ kind, state }))).toEqual([
    { kind: 'authentication', state: 'confirmed' },
    { kind: 'signing', state: 'confirmed' },
  ]);
  for (const { pem } of certificates) expect(verify(pem)).toMatch(/: OK$/m);
  const about = { subjectKind: 'card-issue', subjectId: issue.id, what: { $like: 'card-issue.%' } };
  const audit = await em.find(AuditRow, about, { orderBy: { at: 1 } });
  const steps = ['start', 'print', 'printed', 'prepare', 'set-up', 'make-keys', 'write', 'recognise', 'set-passcode'];
  expect(audit.map(({ what }) => what)).toEqual(steps.map((each) => `card-issue.${each}`));
  expect(audit.map(({ who }) => who)).toEqual([
    ...Array(2).fill(asha!.id),
    'system',
    ...Array(2).fill(asha!.id),
    ...Array(4).fill(tomas!.id),
  ]);
}

/** What openssl says of a certificate, with the authority's own. */
function verify(pem: string): string {
  const authority = (name: string) => join(journey.running.files['data']!, 'authority', name);
  const file = join(mkdtempSync(join(tmpdir(), 'care-certificate-')), 'card.pem');
  writeFileSync(file, pem);
  return execFileSync('openssl', ['verify', '-CAfile', authority('root.pem'), '-untrusted', authority('issuing.pem'), file]).toString();
}

function printedLast(): Buffer {
  const folder = join(journey.running.files['data']!, 'printer', 'printed');
  return readFileSync(join(folder, readdirSync(folder).toSorted().at(-1)!));
}

async function textOf(pdf: Buffer): Promise<string> {
  const library = await PDFiumLibrary.init();
  const document = await library.loadDocument(pdf);
  const text = document.getPage(0).getText();
  document.destroy();
  library.destroy();
  return text;
}
