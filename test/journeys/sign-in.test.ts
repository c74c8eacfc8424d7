import { randomUUID } from 'node:crypto';
import type { BrowserContext, Page } from 'playwright-core';
import { AuditRow } from '../../db/audit.ts';
import { on, visit } from '../support/browser.ts';
import { type Journey, startJourney } from '../support/journey.ts';

let journey: Journey;
beforeAll(async () => void (journey = await startJourney()));
afterAll(() => journey.stop());

test('a doctor with three roles signs in to a clinical system with a card, and it receives who she is', async () => {
  const grace = journey.person('Grace Adeyemi');
  const { page } = await visit(journey.browser);

  // She opens the clinical system, and is sent to sign in.
  await page.goto(journey.running.urls['Demo clinical system']!);
  await on(page, 'Willow clinical system');
  await page.getByRole('button', { name: 'Sign in with Care Identity' }).click();
  await journey.useCard(page, grace);

  // She has three roles, and chooses the one she works in now.
  await on(page, 'Choose your role');
  await page.getByLabel('General practitioner').check();
  await page.getByRole('button', { name: 'Continue' }).click();

  // The system shows what it was told.
  await on(page, 'You are signed in');
  const text = await page.locator('main').innerText();
  expect(text).toContain('9990 0000 0008');
  expect(text).toContain('Grace Adeyemi');
  expect(text).toContain('A9A5A');
  expect(text).toContain('General Medical Practitioner');
  expect(text).toContain('Independent Prescribing');
  expect(text).toContain('GMC 0000008');
  expect(text).toMatch(/assurance level[^\n]*\n*\s*3/i);

  // It is in the audit: who, which system, how and how strong.
  const audit = await journey.orm.em.fork().find(AuditRow, { what: { $like: 'sign-in.%' } }, { orderBy: { at: -1 }, limit: 2 });
  expect(audit.map(({ what }) => what)).toEqual(['sign-in.choose-role', 'sign-in.succeed']);
  expect(audit[1]!.detail).toMatchObject({ client: 'demo-clinical-system', method: 'smartcard', level: '3' });
});

test('somebody adds a security key and signs in with it the next time, without a card', async () => {
  const { context, page } = await visit(journey.browser, { narrow: true });
  const name = `Key ${randomUUID().slice(0, 8)}`;
  await giveSecurityKey(context, page);
  await page.goto(`${journey.running.urls['Sign-in service']!}/authenticators`);
  await journey.useCard(page, journey.person('Suharto'));
  await on(page, 'Your authenticators');
  await page.getByRole('link', { name: 'Add a security key' }).click();
  await on(page, 'Add a security key');
  await page.getByLabel('What do you want to call it?').fill(name);
  await page.getByRole('button', { name: 'Add a security key' }).click();
  await on(page, 'Your authenticators');
  await page.getByRole('heading', { name }).waitFor();

  await context.clearCookies();
  await page.goto(journey.running.urls['Demo clinical system']!);
  await page.getByRole('button', { name: 'Sign in with Care Identity' }).click();
  await on(page, /^Sign in to Willow/);
  await page.getByRole('button', { name: 'Use a security key or this device' }).click();

  // One role: chosen without a question.
  await on(page, 'You are signed in');
  const text = await page.locator('main').innerText();
  expect(text).toContain('Suharto');
  expect(text).toContain('(hwk, user, mfa)');

  await page.goto(`${journey.running.urls['Sign-in service']!}/authenticators`);
  await page.getByRole('link', { name: `Remove ${name}` }).click();
  await on(page, `Remove ${name}?`);
  await page.getByRole('button', { name: 'Remove it' }).click();
  await on(page, /^Sign in to|^Your authenticators/);
});

/** Chromium's own authenticator, with a finger on it. */
async function giveSecurityKey(context: BrowserContext, page: Page): Promise<void> {
  const devtools = await context.newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const options = { protocol: 'ctap2', transport: 'usb', hasResidentKey: true, hasUserVerification: true, isUserVerified: true } as const;
  await devtools.send('WebAuthn.addVirtualAuthenticator', { options });
}
