/** A system that is registered and approved, and asks with a supplier's own library. */
import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair } from 'jose';
import * as openid from 'openid-client';
import { recordClientKey } from '../../db/client/client-key.ts';
import { recordChangeDecided, recordClient } from '../../db/client/client.ts';
import { client as clientSchema, clientScopes, type ClientSettings } from '../../domain/client.ts';
import { anHttpBrowser, type HttpBrowser, type Seen } from './http-browser.ts';
import { acceptTerms, type SignInService, type TestCard, useCard } from './sign-in.ts';

export const callback = 'http://localhost:1/callback';
export const everyScope = Object.keys(clientScopes).join(' ');
const inAYear = () => new Date(Date.now() + 365 * 86_400_000);
const causeOf = (who: string) => ({ id: `test/${randomUUID()}`, at: new Date(), who, via: 'web' as const, caseId: null });

/** @param alg of the key that it proves itself with */
export async function aRelyingSystem(service: SignInService, organisation: string, settings: Partial<ClientSettings> = {}, alg = 'ES256') {
  const em = () => service.orm.em.fork();
  const [id, change] = [`${randomUUID()}.apps.test`, randomUUID()];
  const registered = clientSchema.parse({
    client_id: id,
    client_name: 'Oak system',
    redirect_uris: [callback],
    scope: everyScope,
    ...settings,
  });
  const registration = {
    settings: registered,
    environment: 'sandbox' as const,
    purposes: {},
    contact: 'oak@example.org',
    reviewOn: '2027-11-25',
  };
  await em().transactional((tx) => recordClient(tx, causeOf('integrator'), { id, organisation, change, ...registration }));
  await em().transactional((tx) => recordChangeDecided(tx, causeOf('approver'), { change, answer: 'approved' }));

  const pair = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: randomUUID(), alg, use: 'sig' };
  await em().transactional((tx) => recordClientKey(tx, causeOf('integrator'), { client: id, jwk, notAfter: inAYear() }));

  const { id_token_signed_response_alg, userinfo_signed_response_alg } = registered;
  const metadata = { id_token_signed_response_alg, ...(userinfo_signed_response_alg && { userinfo_signed_response_alg }) };
  const auth = openid.PrivateKeyJwt({ key: pair.privateKey, kid: jwk.kid });
  const configuration = await openid.discovery(new URL(service.issuer), id, metadata, auth, { execute: [openid.allowInsecureRequests] });
  const verifier = openid.randomPKCECodeVerifier();
  const checks = { pkceCodeVerifier: verifier, expectedState: 'state-1', expectedNonce: 'nonce-1' };

  /** Where the browser is sent to sign in. @param asked what differs from the usual */
  async function url(asked: Record<string, string> = {}): Promise<string> {
    const usual = { redirect_uri: callback, scope: everyScope, state: 'state-1', nonce: 'nonce-1', code_challenge_method: 'S256' };
    const code_challenge = await openid.calculatePKCECodeChallenge(verifier);
    return openid.buildAuthorizationUrl(configuration, { ...usual, code_challenge, ...asked }).href;
  }
  /** Signs in with a card, unless the browser is signed in. @returns where the system is sent back to */
  async function signIn(
    card: TestCard,
    asked: Record<string, string> = {},
    browser: HttpBrowser = anHttpBrowser({ stopAt: callback }),
  ): Promise<Seen> {
    const page = await browser.get(await url(asked));
    const next = page.url.startsWith(callback) ? page : await useCard(service, browser, { card, page });
    return next.title === 'Terms of use' ? acceptTerms(browser, next) : next;
  }
  return {
    id,
    alg,
    kid: jwk.kid,
    key: pair.privateKey,
    configuration,
    url,
    signIn,
    async tokens(card: TestCard, asked: Record<string, string> = {}, browser?: HttpBrowser) {
      const sent = await signIn(card, asked, browser);
      return openid.authorizationCodeGrant(configuration, new URL(sent.url), checks);
    },
    userInfo: (token: string, card: TestCard) => openid.fetchUserInfo(configuration, token, card.careId),
  };
}
export type RelyingSystem = Awaited<ReturnType<typeof aRelyingSystem>>;
