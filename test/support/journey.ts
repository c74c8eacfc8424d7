/** What every journey does: takes a card in hand, signs in with it, reads the inbox. Against the service that `npm start` brought up. */
import { readFileSync } from 'node:fs';
import { jest } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { createOrm } from '../../db/orm.ts';
import { expectAccessible, on, openBrowser, visit } from './browser.ts';
import { eventually } from './eventually.ts';

/** A story has many pages, each looked over by axe. */
jest.setTimeout(300_000);

export interface Running {
  urls: Record<string, string>;
  people: Array<{ name: string; careId: string; passcode: string; card: string; email: string }>;
  blankCards: string[];
  files: Record<string, string>;
  places: { database: string; redis: string; temporal: string; inbox: string; printer: string };
}

export interface Letter {
  id: string;
  subject: string;
  text: string;
  to: Array<{ address: string }>;
}

export async function startJourney() {
  const running = JSON.parse(readFileSync(process.env['TEST_SYSTEM']!, 'utf8')) as Running;
  const browser: Browser = await openBrowser();
  const orm = await createOrm(running.places.database);
  const person = (name: string) => {
    const found = running.people.find((each) => each.name === name);
    if (!found) throw new Error(`There is no ${name} in the demo`);
    return found;
  };
  const cards = await visit(browser);

  /** Puts a card in a reader, as a hand would, on the drawer's page: the only card there then, so that no window asks which. */
  async function put(serial: string, reader: 'Reader 1' | 'Reader 2' = 'Reader 1'): Promise<void> {
    const { page } = cards;
    await page.goto(running.urls['Smartcards and readers']!);
    const section = page.locator('.inset', { has: page.getByRole('heading', { name: reader }) });
    const isThere = (await section.getByText(`serial ${serial}`).and(page.locator('p')).count()) > 0;
    for (const each of ['Reader 1', 'Reader 2']) {
      const out = page.getByRole('button', { name: `Take the card out of ${each}` });
      if ((await out.count()) && !(isThere && each === reader)) await out.click();
    }
    if (isThere) return;
    await page.getByLabel(`Card for ${reader}`).selectOption(serial);
    await page.getByRole('button', { name: `Put the card in ${reader}` }).click();
  }

  /** Types the passcode in the window of the smartcard program, and presses its button. */
  async function typePasscode(window: Page, passcode: string, button = 'Sign in'): Promise<void> {
    await window.getByLabel('Passcode', { exact: true }).fill(passcode);
    await expectAccessible(window);
    await window.getByRole('button', { name: button }).click();
  }

  /** Signs somebody in with their card, on the sign-in page that is open. */
  async function useCard(page: Page, { card, passcode }: { card: string; passcode: string }): Promise<void> {
    await put(card);
    await on(page, /^Sign in to/);
    const [window] = await Promise.all([page.waitForEvent('popup'), page.getByRole('button', { name: 'Use your smartcard' }).click()]);
    await typePasscode(window, passcode);
  }

  return {
    running,
    browser,
    orm,
    person,
    put,
    typePasscode,
    useCard,
    /** The switch of something that runs, as a hand would press it on the page of what runs here. */
    async pressSwitch(name: string, action: 'off' | 'on'): Promise<void> {
      const url = `${running.urls['What runs here']!}/switches/${encodeURIComponent(name)}/${action}`;
      const { status } = await fetch(url, { method: 'POST', headers: { 'X-Care-Dev': '1' }, redirect: 'manual' });
      expect(status).toBe(303);
    },
    /** A browser of somebody's own, signed in to the back office. */
    async backOffice(name: string, path = '/'): Promise<Page> {
      const { page } = await visit(browser);
      await page.goto(running.urls['Back office']! + path);
      await useCard(page, person(name));
      await page.waitForURL((url) => url.origin === running.urls['Back office']);
      return page;
    },
    async letters(address: string): Promise<Letter[]> {
      const read = async (path: string) => (await fetch(`${running.places.inbox}/api/email${path}`)).json();
      const theirs = ((await read('')) as Letter[]).filter(({ to }) => to.some((each) => each.address === address));
      return (await Promise.all(theirs.map(({ id }) => read(`/${id}`)))) as Letter[];
    },
    /** Waits for a letter whose subject matches. */
    async letter(address: string, subject: RegExp): Promise<Letter> {
      let found: Letter | undefined;
      await eventually(async () => {
        found = (await this.letters(address)).findLast((letter) => subject.test(letter.subject));
        expect(found).toBeDefined();
      }, 30_000);
      return found!;
    },
    async stop(): Promise<void> {
      await Promise.all([browser.close(), orm.close()]);
    },
  };
}
export type Journey = Awaited<ReturnType<typeof startJourney>>;
