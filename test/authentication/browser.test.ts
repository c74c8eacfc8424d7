import type { Browser, CDPSession, Page } from 'playwright-core';
import { AuthenticatorRow } from '../../db/sign-in/authenticator.ts';
import { recordEnrolmentLink } from '../../db/sign-in/enrolment-link.ts';
import { newSecret } from '../../db/secret.ts';
import { MailRow } from '../../db/mail/mail.ts';
import { SignInRow } from '../../db/sign-in/sign-in.ts';
import { on, openBrowser, visit } from '../support/browser.ts';
import { anOrganisation, aPerson, aRoleProfile, type Organisation } from '../support/database.ts';
import { passcode, type SignInService, startSignIn } from '../support/sign-in.ts';

let service: SignInService;
let browser: Browser;
let elm: Organisation;
beforeAll(async () => {
  service = await startSignIn();
  const { authentication, relyingParty, agent } = service.processes;
  [browser] = await Promise.all([openBrowser(), authentication(), relyingParty(), agent()]);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await service.stop();
});
beforeEach(async () => void (elm = await anOrganisation(service.orm)));

const aHolder = async (roles = 1) => {
  const person = await aPerson(service.orm, { named: 'Ben Adeyemi', organisation: elm.code });
  for (let n = 0; n < roles; n += 1)
    await aRoleProfile(service.orm, { person, organisation: n % 2 === 0 ? elm.code : elm.trust, jobRole: `R80${10 + n}` });
  return person;
};

/** Chromium's own pretend authenticator, whose holder always says yes. */
async function anAuthenticator(page: Page, transport: 'usb' | 'internal'): Promise<CDPSession> {
  const devTools = await page.context().newCDPSession(page);
  await devTools.send('WebAuthn.enable');
  const options = { protocol: 'ctap2', transport, hasResidentKey: true, hasUserVerification: true, isUserVerified: true } as const;
  await devTools.send('WebAuthn.addVirtualAuthenticator', { options: { ...options, automaticPresenceSimulation: true } });
  return devTools;
}

async function typePasscode(page: Page, typed: string): Promise<void> {
  const [agentWindow] = await Promise.all([page.waitForEvent('popup'), page.getByRole('button', { name: 'Use your smartcard' }).click()]);
  await agentWindow.getByLabel('Passcode', { exact: true }).fill(typed);
  await agentWindow.getByRole('button', { name: /sign in/i }).click();
}

test('a holder signs in with card and passcode, accepts the terms, chooses a role, adds a security key and uses that next time', async () => {
  const person = await aHolder(3);
  await service.aCard(person);
  const { page, context } = await visit(browser);
  await page.goto(service.urls.relyingParty);
  await on(page, 'Willow clinical system');
  await page.getByRole('button', { name: 'Sign in with Care Identity' }).click();
  await on(page, 'Sign in to Willow clinical system');
  await typePasscode(page, passcode);

  await on(page, 'Terms of use');
  await page.getByRole('button', { name: 'Continue' }).click();
  await on(page, 'Terms of use');
  await page.getByRole('link', { name: 'Select that you accept the terms, or close this page' }).click();
  await page.getByLabel('I accept the terms of use').check();
  await page.getByRole('button', { name: 'Continue' }).click();

  await on(page, 'Choose your role');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('alert').getByText('Select the role you want to work in').waitFor();
  await page.getByLabel('R8011').check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await on(page, 'You are signed in');
  await page.getByText(`R8011 at ${elm.trust}`).waitFor();

  await anAuthenticator(page, 'usb');
  await page.goto(`${service.urls.authentication}/authenticators`);
  await on(page, 'Your authenticators');
  await page.getByRole('link', { name: 'Add a security key' }).click();
  await on(page, 'Add a security key');
  await page.getByLabel('What do you want to call it?').fill('Blue key');
  await page.getByRole('button', { name: 'Add a security key' }).click();
  await on(page, 'Your authenticators');
  await page.getByRole('heading', { name: 'Blue key' }).waitFor();

  await page.goto(`${service.urls.relyingParty}/sign-out`);
  await on(page, 'Do you want to sign out?');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await on(page, 'Willow clinical system');
  await page.getByRole('button', { name: 'Sign in with Care Identity' }).click();
  await on(page, 'Sign in to Willow clinical system');
  await page.getByRole('button', { name: 'Use a security key or this device' }).click();
  await on(page, 'Choose your role');
  const [latest] = await service.orm.em.fork().find(SignInRow, { person }, { orderBy: { startedAt: -1 } });
  expect(latest).toMatchObject({ method: 'security-key', level: 3, smartcard: null });
  await context.close();
}, 60_000);

test('what the agent sees is said at once: no card, a wrong passcode, a window that is closed', async () => {
  await service.aCard(await aHolder());
  const { page, context } = await visit(browser, { narrow: true });
  await page.goto(`${service.urls.relyingParty}/sign-in`);
  await on(page, 'Sign in to Willow clinical system');

  await service.drawer.put(null, 'Reader 1');
  await page.getByRole('button', { name: 'Use your smartcard' }).click();
  await page.getByText('There is no smartcard in the reader').waitFor();

  const card = await service.aCard(await aHolder());
  const [agentWindow] = await Promise.all([page.waitForEvent('popup'), page.getByRole('button', { name: 'Use your smartcard' }).click()]);
  await agentWindow.getByLabel('Passcode', { exact: true }).fill('000001');
  await agentWindow.getByRole('button', { name: /sign in/i }).click();
  await agentWindow.getByText('not the passcode of this card').first().waitFor();
  await agentWindow.getByRole('button', { name: /cancel/i }).click();
  await page.getByText('You cancelled, or closed the window').waitFor();
  expect(await service.drawer.triesLeft(card.serial)).toBe(2);
  await context.close();
}, 60_000);

test('more than five roles are searched', async () => {
  await service.aCard(await aHolder(7));
  const { page, context } = await visit(browser);
  await page.goto(`${service.urls.relyingParty}/sign-in`);
  await typePasscode(page, passcode);
  await on(page, 'Terms of use');
  await page.getByLabel('I accept the terms of use').check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await on(page, 'Choose your role');
  expect(await page.getByRole('radio').count()).toBe(7);
  await page.getByLabel('Search by role or organisation').fill('trust r8013');
  await page.getByRole('button', { name: 'Search' }).click();
  await page.getByText('1 role found').waitFor();
  await page.getByRole('radio').check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await on(page, 'You are signed in');
  await page.getByText(`R8013 at ${elm.trust}`).waitFor();
  await context.close();
}, 60_000);

test('a weaker sign-in adds nothing stronger than itself', async () => {
  const person = await aHolder();
  await service.aCard(person);
  const { page, context } = await visit(browser);
  await page.goto(`${service.urls.authentication}/authenticators`);
  await typePasscode(page, passcode);
  await on(page, 'Terms of use');
  await page.getByLabel('I accept the terms of use').check();
  await page.getByRole('button', { name: 'Continue' }).click();
  await on(page, 'Your authenticators');
  await anAuthenticator(page, 'usb');
  const add = async () => {
    await page.goto(`${service.urls.authentication}/authenticators/add/security-key`);
    await page.getByLabel('What do you want to call it?').fill('Key');
    await page.getByRole('button', { name: 'Add a security key' }).click();
  };
  await service.orm.em.fork().nativeUpdate(SignInRow, { person }, { level: 2 });
  await add();
  await page.getByRole('alert').getByText('at least as strong').waitFor();
  expect(await service.orm.em.fork().count(AuthenticatorRow, { person })).toBe(0);
  await service.orm.em.fork().nativeUpdate(SignInRow, { person }, { level: 3 });
  await add();
  await on(page, 'Your authenticators');
  expect(await service.orm.em.fork().count(AuthenticatorRow, { person })).toBe(1);
  expect(await service.orm.em.fork().count(MailRow, { toId: person, template: 'authenticator-added' })).toBe(1);
  await context.close();
}, 60_000);

test('a link registers one security key, once, for the person it names', async () => {
  const person = await aPerson(service.orm, { named: 'Mary Okafor', organisation: elm.code });
  const secret = newSecret();
  const cause = { id: `test/${secret}`, at: new Date(), who: 'operator', via: 'command' as const, caseId: null };
  await recordEnrolmentLink(service.orm.em.fork(), cause, {
    secret,
    person,
    organisation: elm.code,
    kind: 'first-manager',
    goodForMs: 60_000,
  });
  const { page, context } = await visit(browser);
  await page.goto(`${service.urls.authentication}/enrol/${secret}x`);
  await on(page, /.*/);
  expect(await page.getByText('Mary Okafor').count()).toBe(0);

  await anAuthenticator(page, 'usb');
  await page.goto(`${service.urls.authentication}/enrol/${secret}`);
  await on(page, 'Register how you sign in');
  await page.getByText('Mary Okafor').waitFor();
  await page.getByRole('button', { name: 'Register your security key' }).click();
  await on(page, 'You can sign in now');
  expect(await service.orm.em.fork().find(AuthenticatorRow, { person })).toMatchObject([{ kind: 'security-key', backedUp: false }]);

  await page.goto(`${service.urls.authentication}/enrol/${secret}`);
  await page.getByText('This link was used already').waitFor();
  await context.close();
}, 60_000);

test('biometrics of the device in hand do not pass for a security key', async () => {
  const person = await aPerson(service.orm, { named: 'Mary Okafor', organisation: elm.code });
  const secret = newSecret();
  const cause = { id: `test/${secret}`, at: new Date(), who: 'operator', via: 'command' as const, caseId: null };
  await recordEnrolmentLink(service.orm.em.fork(), cause, {
    secret,
    person,
    organisation: elm.code,
    kind: 'first-manager',
    goodForMs: 60_000,
  });
  const { page, context } = await visit(browser);
  await anAuthenticator(page, 'internal');
  await page.goto(`${service.urls.authentication}/enrol/${secret}`);
  // A page that asks for what the link does not allow, as one that was tampered with would.
  await page.locator('input[name=kind]').evaluate((input) => ((input as unknown as { value: string }).value = 'biometrics'));
  await page.getByRole('button', { name: 'Register your security key' }).click();
  await page.getByText('Another kind of authenticator is needed').waitFor();
  expect(await service.orm.em.fork().count(AuthenticatorRow, { person })).toBe(0);
  await context.close();
}, 60_000);
