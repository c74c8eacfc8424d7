/** The pages of the sandbox in a real browser: accessible, and usable on a small phone, however names break a page. */
import type { Browser, Page } from 'playwright-core';
import { aConnectionManager } from '../support/connection.ts';
import { anOrganisation, type Organisation } from '../support/database.ts';
import { on, openBrowser, visit } from '../support/browser.ts';
import { webAs } from '../support/edges.ts';
import { startSandbox } from '../support/sandbox.ts';
import { aTestPerson, shownOf } from '../support/test-person.ts';
import { serve } from '../support/serve.ts';

let service: Awaited<ReturnType<typeof startSandbox>>;
let browser: Browser;
let elm: Organisation;
let noah: string;
let site: Awaited<ReturnType<typeof serve>>;
beforeAll(async () => void ([service, browser] = await Promise.all([startSandbox(), openBrowser()])), 60_000);
afterAll(async () => void (await Promise.all([service.stop(), browser.close()])));
beforeEach(async () => {
  elm = await anOrganisation(service.orm);
  noah = await aConnectionManager(service.orm, elm.trust);
  site = await serve(webAs(service.deps, noah));
});
afterEach(() => site.close());

const shot = async (page: Page, name: string) => {
  if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/sandbox-${name}.png`, fullPage: true });
};

test.each(['wide', 'narrow'])(
  'somebody makes a test person, looks at them, ends what they can do, and removes them (%s)',
  async (size) => {
    const { page, context } = await visit(browser, { narrow: size === 'narrow' });
    await page.goto(`${site.url}/sandbox`);
    await on(page, 'Test people');
    await shot(page, `${size}-1-empty`);
    await page.getByRole('button', { name: 'Make a test person' }).click();
    await on(page, 'Whose test person is it?');
    await page.getByRole('link', { name: 'Elm Surgery' }).click();

    await on(page, 'Make a test person');
    await shot(page, `${size}-2-new`);
    await page.getByLabel('How many?').fill('99');
    await page.getByRole('button', { name: 'Make the test person' }).click();
    await on(page, 'Make a test person');
    expect(await page.title()).toMatch(/^Error: /);
    expect(await page.getByLabel('How many?').inputValue()).toBe('99');
    await shot(page, `${size}-3-error`);
    await page.getByText('Organisations and job roles that are loaded here').click();
    await on(page, 'Make a test person');
    await page.getByLabel('Accents, an apostrophe and a hyphen').check();
    await page.getByLabel('How many?').fill('2');
    await page.getByRole('button', { name: 'Make the test person' }).click();

    await page.getByText('The test person is made.').waitFor();
    while ((await page.getByRole('link', { name: 'Look again' }).count()) > 0) await page.getByRole('link', { name: 'Look again' }).click();
    await on(page, /Test person$/);
    await page.getByText('Passcode').waitFor();
    await shot(page, `${size}-4-card`);
    const second = page.getByLabel('If this role is chosen at sign-in');
    await second.selectOption({ index: 2 });
    await page.getByRole('button', { name: 'Show', exact: true }).click();
    await on(page, /Test person$/);
    expect(await page.getByLabel('Claims of userinfo').innerText()).toContain('selected_roleid');
    await page
      .getByRole('button', { name: /^End .* at / })
      .first()
      .click();
    await page.getByText('The role is ended.').waitFor();
    await page.getByRole('button', { name: 'Suspend the Care ID' }).click();
    await page.getByText('The Care ID is suspended.').waitFor();
    await on(page, /Suspended$/);
    await page.getByRole('button', { name: 'Cancel the smartcard' }).click();
    await on(page, 'Cancel the smartcard');
    await shot(page, `${size}-5-warned`);
    await page.getByRole('button', { name: 'Cancel the smartcard' }).click();
    await page.getByText('The smartcard is cancelled.').waitFor();
    await page.getByRole('button', { name: 'Remove the test person' }).click();
    await on(page, 'Remove the test person');
    await page.getByRole('button', { name: 'Remove the test person' }).click();
    await on(page, 'Test people');
    await page.getByText('The test person is removed.').waitFor();
    await context.close();
  },
  120_000,
);

test.each(['wide', 'narrow'])(
  'every way to sign in and every kind of name stands on a page (%s)',
  async (size) => {
    const { page, context } = await visit(browser, { narrow: size === 'narrow' });
    const people = [
      { names: 'very-long', method: 'password', count: 7 },
      { names: 'one-letter', method: 'link', count: 0 },
      { names: 'one-name', method: 'weak-password', count: 1, has_email: false, role_ends_soon: true },
    ] as const;
    for (const [n, given] of people.entries()) {
      const id = await aTestPerson(service, noah, elm.code, given);
      await page.goto(`${site.url}/sandbox/${id}`);
      await on(page, `${(await shownOf(service, noah, id)).name} Test person`);
      await shot(page, `${size}-6-${n}`);
    }
    await page.goto(`${site.url}/sandbox?text=test`);
    await on(page, 'Test people');
    await shot(page, `${size}-7-list`);
    await page.goto(`${site.url}/sandbox?text=nobody`);
    await on(page, 'Test people');
    await context.close();
  },
  120_000,
);
