/** What an RA agent and a holder do while a card is issued, page by page: what the journeys about cards share. */
import type { Page } from 'playwright-core';
import { expectAccessible, on } from './browser.ts';
import { eventually } from './eventually.ts';

/** The part of the page of a card issue that it stands at. */
export async function at(page: Page, heading: string): Promise<void> {
  await page.getByRole('heading', { level: 2, name: heading }).waitFor({ timeout: 60_000 });
  await expectAccessible(page);
}

/** From the page that asks whether to begin to a card that lies at the printer. */
export async function printCard(agent: Page, name: string): Promise<void> {
  await agent.getByRole('button', { name: /^Begin/ }).click();
  await on(agent, `Smartcard for ${name}`);

  // She sees the card as it will be.
  const artwork = agent.getByRole('img', { name: /The card as it will be printed/ });
  const width = () => artwork.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth);
  await eventually(async () => expect(await width()).toBeGreaterThan(300), 15_000);
  expect(await agent.getByLabel('Card printer, Main reception').isChecked()).toBe(true);
  await agent.getByRole('button', { name: 'Print the card' }).click();
  await at(agent, 'The card is being printed');
  await at(agent, 'Put the printed card in a reader');
}

/** From a card that is written to the passcode: the agent sees the checked photograph. @returns the window in which the holder chooses */
export async function recogniseAndHandOver(agent: Page, name: string): Promise<Page> {
  await at(agent, 'Is this the person in front of you?');
  const photograph = agent.getByRole('img', { name: `The photograph of ${name} that was checked` });
  const width = () => photograph.evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth);
  await eventually(async () => expect(await width()).toBe(600), 15_000);
  await agent.getByLabel('The person in front of me is the one on this photograph').check();
  await agent.getByRole('button', { name: 'Continue' }).click();
  await at(agent, 'The holder chooses a passcode');
  await agent.getByRole('button', { name: 'The holder is ready' }).click();
  return openPasscodeWindow(agent);
}

export async function openPasscodeWindow(agent: Page): Promise<Page> {
  const open = agent.getByRole('button', { name: 'Open the window to choose a passcode' });
  await open.waitFor();
  const [window] = await Promise.all([agent.waitForEvent('popup'), open.click()]);
  await on(window, 'Choose a passcode');
  return window;
}

export async function typeNewPasscode(window: Page, passcode: string, again = passcode): Promise<void> {
  await window.getByLabel('New passcode', { exact: true }).fill(passcode);
  await window.getByLabel('New passcode again').fill(again);
  await window.getByRole('button', { name: 'Set passcode' }).click();
}

/** What a holder who reads and types well does. */
export async function choosePasscode(agent: Page, window: Page, passcode: string): Promise<void> {
  await window.getByLabel(/I am the card holder, and I accept the terms/).check();
  await typeNewPasscode(window, passcode);
  await agent.getByText('The card is active: give it to').waitFor();
  await expectAccessible(agent);
}
