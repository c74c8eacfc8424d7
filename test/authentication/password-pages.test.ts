import type { Browser } from 'playwright-core';
import { codeOfStep, stepAt } from '../../db/sign-in/totp.ts';
import { AuthenticatorRow } from '../../db/sign-in/authenticator.ts';
import { PersonRow } from '../../db/person/person.ts';
import { on, openBrowser, visit } from '../support/browser.ts';
import { anOrganisation, aPerson } from '../support/database.ts';
import { passcode, type SignInService, startSignIn } from '../support/sign-in.ts';

let service: SignInService;
let browser: Browser;
beforeAll(async () => {
  service = await startSignIn();
  [browser] = await Promise.all([openBrowser(), service.processes.authentication(), service.processes.agent()]);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await service.stop();
});

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const bytesOf = (base32: string) => {
  const bits = Array.from(base32, (each) => alphabet.indexOf(each).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
};

test('a holder adds a password and app on a narrow screen, signs in with them, looks at their sign-ins and reports one', async () => {
  const elm = await anOrganisation(service.orm);
  const person = await aPerson(service.orm, { named: 'Ben Adeyemi', organisation: elm.code });
  const card = await service.aCard(person);
  const { page, context } = await visit(browser, { narrow: true });
  await page.goto(`${service.urls.authentication}/authenticators`);
  await on(page, 'Sign in to your authenticators');
  const [agentWindow] = await Promise.all([page.waitForEvent('popup'), page.getByRole('button', { name: 'Use your smartcard' }).click()]);
  await agentWindow.getByLabel('Passcode', { exact: true }).fill(passcode);
  await agentWindow.getByRole('button', { name: /sign in/i }).click();
  await on(page, 'Terms of use');
  await page.getByLabel('I accept the terms of use').check();
  await page.getByRole('button', { name: 'Continue' }).click();

  await on(page, 'Your authenticators');
  await page.getByRole('link', { name: 'Add a password and authenticator app' }).click();
  await on(page, 'Add a password and authenticator app');
  const secret = bytesOf((await page.locator('.care-secret').innerText()).replaceAll(' ', ''));
  const now = stepAt(new Date());
  await page.getByLabel('Code that the app shows now').fill(codeOfStep(secret, now - 1));
  await page.getByLabel('New password', { exact: true }).fill('short');
  await page.getByRole('button', { name: 'Add them' }).click();
  await page.getByRole('link', { name: 'Password must be 12 characters or more' }).click();
  await on(page, 'Add a password and authenticator app');
  await page.getByLabel('Code that the app shows now').fill(codeOfStep(secret, now - 1));
  await page.getByLabel('New password', { exact: true }).fill('three purple trains');
  await page.getByLabel('New password again').fill('three purple trains');
  await page.getByRole('button', { name: 'Add them' }).click();
  await on(page, 'Your recovery codes');
  expect(await page.locator('.care-secret').count()).toBe(10);
  await page.getByRole('link', { name: 'I have written them down' }).click();
  await page.getByRole('heading', { name: 'Password and authenticator app' }).waitFor();

  await context.clearCookies();
  await page.goto(`${service.urls.authentication}/authenticators`);
  await page.getByRole('link', { name: 'Use your password and authenticator app' }).click();
  await on(page, 'Sign in with your password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('link', { name: 'Enter your Care ID: 12 digits' }).waitFor();
  await on(page, 'Sign in with your password');
  const { careId } = await service.orm.em.fork().findOneOrFail(PersonRow, { id: person });
  await page.getByLabel('Care ID', { exact: true }).fill(careId);
  await page.getByLabel('Password', { exact: true }).fill('three purple trains');
  await page.getByLabel('Code', { exact: true }).fill(codeOfStep(secret, stepAt(new Date())));
  await page.getByLabel('Offer this first on this device').check();
  await page.getByRole('button', { name: 'Sign in' }).click();
  await on(page, 'Your authenticators');

  await page.getByRole('link', { name: 'Change your password' }).click();
  await on(page, 'Change your password');
  await page.getByRole('link', { name: 'Keep the old one' }).click();
  await page.getByRole('link', { name: 'See when you signed in' }).click();
  await on(page, 'When you signed in');
  await page.getByText(card.serial).waitFor();
  await page
    .getByRole('link', { name: /^This was not me/ })
    .first()
    .click();
  await on(page, 'Was this not you?');
  await page.getByRole('button', { name: 'This was not me' }).click();
  await on(page, 'You are signed out everywhere');
  const reported = await service.orm.em.fork().findOneOrFail(AuthenticatorRow, { person, kind: 'password-totp' });
  expect(reported.suspendedAt).toBeInstanceOf(Date);
  await context.close();
}, 60_000);
