/** A page with pages/assets/agent.js, in a real browser, against the real agent. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { readStatement } from '../../adapters/certificate-authority.ts';
import { signOriginList } from '../../adapters/origin-list.ts';
import type { TestAgent } from '../support/agent.ts';
import { aCardService, anAgent, issuer, listed, newNonce, passcode, site as testSite } from '../support/agent.ts';
import { expectAccessible, openBrowser, visit } from '../support/browser.ts';

let agent: TestAgent;
let browser: Browser;
let server: Server;
let [ours, foreign] = ['', ''];
let card: string;

beforeAll(async () => {
  agent = await anAgent();
  card = (await (await aCardService(agent)).issue({ careId: '555123456789' })).card;
  const script = readFileSync('pages/assets/agent.js', 'utf8');
  server = createServer((request, response) => {
    if (request.url === '/agent.js') return response.writeHead(200, { 'content-type': 'text/javascript' }).end(script);
    return response.writeHead(200, { 'content-type': 'text/html', 'cross-origin-opener-policy': 'same-origin' }).end(pageOf(agent.port));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  [ours, foreign] = [`http://localhost:${port}`, `http://127.0.0.1:${port}`];
  const operations = ['sign-in', 'prepare', 'order'] as const;
  const sites = [ours, testSite].map((origin) =>
    listed(agent.service, { origin, name: 'Care Identity Service', operations: [...operations] }),
  );
  writeFileSync(agent.paths.list, await signOriginList(agent.listKey, sites, { environment: 'dev' }));
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await agent.close();
});

const pageOf = (
  port: number,
) => `<!doctype html><html lang="en"><title>A page</title><button>Sign in</button><p id="link"></p><p id="out"></p>
  <script type="module">
    import { createAgent } from '/agent.js';
    const show = (value) => (document.getElementById('out').textContent = JSON.stringify(value));
    window.agent = createAgent({ port: ${port}, onWindow: (url) => (document.getElementById('link').textContent = url ?? '') });
    window.stop = new AbortController();
    document.querySelector('button').addEventListener('click', () => {
      const asked = { issuer: '${issuer}', nonce: new URLSearchParams(location.search).get('nonce'), signal: window.stop.signal };
      window.agent.signIn(asked).then(show, (error) => show({ code: error.code, message: error.message }));
    });
  </script></html>`;

async function press(origin: string, nonce = newNonce()): Promise<{ page: Page; nonce: string; window: Page }> {
  const { page } = await visit(browser);
  await page.goto(`${origin}/?nonce=${nonce}`);
  const [window] = await Promise.all([page.waitForEvent('popup'), page.getByRole('button').click()]);
  return { page, nonce, window };
}
const answer = async (page: Page): Promise<Record<string, string>> => {
  await page.locator('#out:not(:empty)').waitFor();
  return JSON.parse((await page.locator('#out').textContent())!) as Record<string, string>;
};

test('a page of ours signs a holder in: the passcode is typed in the agent’s window, which goes away by itself', async () => {
  const { page, nonce, window } = await press(ours);
  await window.getByRole('heading', { name: 'Sign in with your smartcard' }).waitFor();
  expect(await window.locator('main').innerText()).toContain(ours);
  expect(await page.locator('#link').textContent()).toBe(window.url());
  await expectAccessible(window);

  await window.getByLabel('Passcode').fill('918273');
  await window.getByRole('button', { name: 'Sign in' }).click();
  await window.getByRole('alert').waitFor();
  expect(await window.title()).toMatch(/^Error: /);
  await expectAccessible(window);
  await window.getByRole('link', { name: 'not the passcode of this card' }).click();
  expect(await window.locator(':focus').getAttribute('id')).toBe('passcode');

  await window.keyboard.type(passcode);
  await window.keyboard.press('Enter');
  const { said, by } = readStatement((await answer(page))['statement']!)!;
  expect(said).toMatchObject({ origin: ours, nonce, card });
  expect(by.careId).toBe('555123456789');
  if (!window.isClosed()) await window.waitForEvent('close', { timeout: 5000 });
});

test('the window is usable at 320 pixels, and with the card taken out', async () => {
  const { page } = await visit(browser, { narrow: true });
  await page.goto(`${ours}/?nonce=${newNonce()}`);
  await agent.drawer.put(null, 'Reader 1');
  const [window] = await Promise.all([page.waitForEvent('popup'), page.getByRole('button').click()]);
  await window.setViewportSize({ width: 320, height: 800 });
  await window.getByText('Put your smartcard in the reader').waitFor();
  await expectAccessible(window);
  await agent.drawer.put(card, 'Reader 1');
  await window.getByRole('button', { name: 'I have put the card in' }).click();
  await window.getByLabel('Passcode').waitFor();
  await expectAccessible(window);
  await window.getByRole('button', { name: 'Cancel' }).click();
  expect(await answer(page)).toMatchObject({ code: 'CANCELLED' });
});

test('a page that gives up tells the agent', async () => {
  const { page, window } = await press(ours);
  await window.getByLabel('Passcode').waitFor();
  await page.evaluate(() => (globalThis as unknown as { stop: AbortController }).stop.abort());
  expect(await answer(page)).toMatchObject({ code: 'CANCELLED' });
});

test('the same page from another origin gets nothing, and no window', async () => {
  const { page } = await visit(browser);
  await page.goto(`${foreign}/?nonce=${newNonce()}`);
  await page.getByRole('button').click();
  expect(await answer(page)).toMatchObject({ code: 'UNREACHABLE' });
  expect(page.context().pages()).toHaveLength(1);
  expect(await agent.drawer.triesLeft(card)).toBe(3);
});

test('another site cannot press for the person: not by a form, not in a frame', async () => {
  const { window } = await press(ours);
  const address = window.url();
  const { page } = await visit(browser);
  await page.goto(foreign);
  await page.setContent(
    `<form method="post" action="${address}"><input name="passcode" value="111111"><input name="card" value="${card}"><button>Go</button></form>`,
  );
  await page.getByRole('button').click();
  await page.getByText('Only a page of the agent may send this').waitFor();
  await page.goto(foreign);
  await page.setContent(`<iframe src="${address}"></iframe>`);
  await page.waitForTimeout(300);
  const framed = await page
    .frames()
    .at(-1)
    ?.locator('main')
    .count()
    .catch(() => 0);
  expect(framed).toBe(0);
  expect(await agent.drawer.triesLeft(card)).toBe(3);
});

test('a newcomer works the drawer, by keyboard alone, on a small screen', async () => {
  for (const narrow of [false, true]) {
    const { page } = await visit(browser, { narrow });
    await page.goto(`${agent.url}/drawer`);
    await page.getByRole('heading', { level: 1, name: 'Card drawer' }).waitFor();
    await page.getByRole('button', { name: 'Add a blank card' }).press('Enter');
    await page.getByRole('button', { name: 'Take the card out of Reader 1' }).waitFor();
    await expectAccessible(page);
  }
});
