/** A real browser for the journeys, and what every page in it is checked for. */
import { source as axe, type AxeResults } from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { findProgram } from '../../dev/tools.mjs';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** @param more flags of Chromium, besides those that every test has */
export async function openBrowser(more: readonly string[] = []): Promise<Browser> {
  const executablePath = findProgram('chromium', 'chromium-browser', 'google-chrome');
  if (!executablePath) throw new Error('No Chromium on the PATH: run `node dev/set-up.mjs --test`');
  return chromium.launch({ executablePath, headless: true, args: [...flags, ...more] });
}

/** One person's browser: cookies of its own. Narrow is the width of a small phone. */
export async function visit(browser: Browser, { narrow = false } = {}): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext({
    viewport: narrow ? { width: 320, height: 800 } : { width: 1280, height: 900 },
    locale: 'en-GB',
    timezoneId: 'Europe/London',
  });
  context.setDefaultTimeout(30_000);
  return { context, page: await context.newPage() };
}

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** In the page itself, which is five times as fast as through @axe-core/playwright: that would look into frames, too. */
async function violationsIn(page: Page): Promise<AxeResults['violations']> {
  expect(page.frames()).toHaveLength(1);
  if (!(await page.evaluate<boolean>('"axe" in window'))) await page.evaluate(`${axe}; undefined`);
  const options = { runOnly: { type: 'tag', values: tags }, resultTypes: ['violations'] };
  const { violations, passes } = await page.evaluate<AxeResults>(`axe.run(document, ${JSON.stringify(options)})`);
  expect(passes.length).toBeGreaterThan(0); // it has looked
  return violations;
}

/** In the frame after its width changed the header moves what does not fit into its menu: before that nobody has seen the page. */
const drawn = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => requestAnimationFrame(() => done(null)))))';

/** WCAG 2.2 AA, as far as a program can tell; and that nothing sticks out of the page sideways. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(drawn);
  const violations = await violationsIn(page);
  const found = violations.flatMap(({ id, help, nodes }) => {
    const ours = nodes.map(({ html }) => html).filter((html) => !isConditionalReveal(id, html));
    return ours.length > 0 ? [`${id}: ${help}\n    ${ours.join('\n    ')}`] : [];
  });
  expect({ page: await page.title(), violations: found }).toEqual({ page: await page.title(), violations: [] });
  const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  expect({ page: await page.title(), overflow }).toEqual({ page: await page.title(), overflow: 0 });
}

/** NHS.UK frontend says with aria-expanded that a radio reveals a question; screen readers read it out, though ARIA does not list it there. */
const isConditionalReveal = (id: string, html: string) =>
  id === 'aria-allowed-attr' && /nhsuk-(radios|checkboxes)__input/.test(html) && html.includes('aria-controls="conditional-');

/** Checks the heading of the page that a step has led to, and its accessibility. The only way a journey gets on. */
export async function on(page: Page, heading: string | RegExp): Promise<void> {
  await page
    .getByRole('heading', { level: 1, name: heading })
    .waitFor()
    .catch(async (error: Error) => {
      throw new Error(`${error.message}\nInstead the page says:\n${(await page.locator('body').innerText()).slice(0, 1500)}`);
    });
  await expectAccessible(page);
}
