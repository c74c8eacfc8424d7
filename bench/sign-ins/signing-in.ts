/** A sign-in with a card from beginning to end, as a browser, the page's script, the card and a system that relies on it do it together. */
import { readFileSync } from 'node:fs';
import * as openid from 'openid-client';
import { signStatement } from '../../agent/signed.ts';
import { createClient } from '../../dev/relying-party/client.ts';
import { anHttpBrowser, type HttpBrowser } from '../../test/support/http-browser.ts';
import type { System } from '../system.ts';
import type { Card } from './cards.ts';

/** What the authentication service is asked in one sign-in: to be let in, its page, a challenge, the card's answer, the way back, tokens, userinfo. */
export const requestsEach = 7;

/** @returns signs in with one card, and gives the browser; throws unless the system was told who they are, in tokens that it checked */
export function createSigningIn({ environments }: System): (card: Card) => Promise<HttpBrowser> {
  const { RELYING_PARTY_URL: url = '', RELYING_PARTY_CLIENT_KEY_FILE: keyFile = '', ISSUER: issuer = '' } = environments['relying-party'];
  const clientKey = readFileSync(keyFile, 'utf8');
  const client = createClient({ issuer, clientId: 'demo-clinical-system', clientKey, url });
  const origin = new URL(issuer).origin;

  return async ({ serial, key }) => {
    const browser = anHttpBrowser({ stopAt: url });
    const state = openid.randomState();
    const pending = { verifier: openid.randomPKCECodeVerifier(), nonce: openid.randomNonce() };
    const page = await browser.get(await client.begin(state, pending));
    const { body } = await browser.json(`${page.url}/card/challenge`);
    const card = { card: serial, driver: 'software', nonce: body['nonce'] ?? '' } as const;
    const claims = { purpose: 'sign-in', use: 'authentication', origin, aud: issuer, ...card } as const;
    const statement = await signStatement(key, { ...claims, iat: Math.floor(Date.now() / 1000) });
    const back = await browser.post(`${page.url}/card`, { statement });
    if (!back.url.startsWith(url)) throw new Error(`The card was not let in: ${back.title}`);
    const { idToken } = await client.finish(new URL(back.url), state, pending);
    if (idToken['selected_roleid'] === undefined) throw new Error('The system was told no role');
    return browser;
  };
}
