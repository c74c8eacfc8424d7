/** A site on the internet that asks the smartcard program on a workstation: the browser asks the person for leave first. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { signOriginList } from '../../adapters/origin-list.ts';
import { aCardService, anAgent, issuer, listed, newNonce, passcode, type TestAgent } from '../support/agent.ts';
import { openBrowser } from '../support/browser.ts';

jest.setTimeout(120_000);

const host = 'sign-in.care.example';
let agent: TestAgent;
let server: Server;
let browser: Browser;
let origin: string;

beforeAll(async () => {
  agent = await anAgent();
  await (await aCardService(agent)).issue({ careId: '555123456789' });
  server = createServer(certificate(), (request, response) => {
    const isScript = request.url === '/agent.js';
    response.writeHead(200, { 'content-type': isScript ? 'text/javascript' : 'text/html' });
    response.end(isScript ? readFileSync('pages/assets/agent.js') : pageOf(agent.port));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  origin = `https://${host}:${port}`;
  const site = listed(agent.service, { origin, name: 'Care Identity Service', operations: ['sign-in'] });
  writeFileSync(agent.paths.list, await signOriginList(agent.listKey, [site], { environment: 'dev' }));
  const asIfPublic = [`--host-resolver-rules=MAP ${host} 127.0.0.1`, `--ip-address-space-overrides=127.0.0.1:${port}=public`];
  browser = await openBrowser(asIfPublic);
});
afterAll(async () => {
  await browser?.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await agent.close();
});

/** A certificate for the site's name, made by openssl as any site's is. */
function certificate(): { key: Buffer; cert: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'care-site-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert, ...subject], {
    stdio: 'ignore',
  });
  return { key: readFileSync(key), cert: readFileSync(cert) };
}

const pageOf = (
  port: number,
) => `<!doctype html><html lang="en"><title>Sign in</title><h1>Sign in</h1><button>Use your smartcard</button><p id="out"></p>
  <script type="module">
    import { createAgent } from '/agent.js';
    const show = (value) => (document.getElementById('out').textContent = JSON.stringify(value));
    const agent = createAgent({ port: ${port} });
    document.querySelector('button').addEventListener('click', () => {
      const nonce = new URLSearchParams(location.search).get('nonce');
      agent.signIn({ issuer: '${issuer}', nonce }).then(show, ({ code, message }) => show({ code, message }));
    });
  </script></html>`;

async function open(leave: boolean): Promise<Page> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  if (leave) await context.grantPermissions(['local-network-access'], { origin });
  const page = await context.newPage();
  await page.goto(`${origin}/?nonce=${newNonce()}`);
  return page;
}

const answerOf = async (page: Page) => {
  await page.locator('#out:not(:empty)').waitFor({ timeout: 60_000 });
  return JSON.parse((await page.locator('#out').textContent())!) as Record<string, string>;
};

test('with the person’s leave the site reaches the smartcard program, and signs in', async () => {
  const page = await open(true);
  const [window] = await Promise.all([page.waitForEvent('popup'), page.getByRole('button', { name: 'Use your smartcard' }).click()]);
  await window.getByLabel('Passcode', { exact: true }).fill(passcode);
  await window.getByRole('button', { name: 'Sign in' }).click();
  expect((await answerOf(page))['statement']).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
});

test('without it nothing is reached, no window opens, and the page says what to do', async () => {
  const page = await open(false);
  await page.getByRole('button', { name: 'Use your smartcard' }).click();
  expect(await answerOf(page)).toEqual({ code: 'UNREACHABLE', message: expect.stringContaining('your browser lets this site reach it') });
  expect(page.context().pages()).toHaveLength(1);
});
