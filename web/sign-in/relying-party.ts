/** The back office as a relying party of the authentication service: like any other system's. */
import { createPrivateKey } from 'node:crypto';
import * as openid from 'openid-client';

export interface RelyingPartySettings {
  issuer: string;
  clientId: string;
  /** PKCS#8 in PEM: proves to the authentication service who we are (RFC 7523). */
  clientKey: string;
  /** Where we are reached. */
  url: string;
}

export interface Pending {
  verifier: string;
  nonce: string;
}

export interface RelyingParty {
  /** Where to send somebody to sign in, and what to keep until they are back. */
  begin(): Promise<{ to: string; state: string } & Pending>;
  /** @returns the session id that the authentication service knows this sign-in by, and the Care ID */
  finish(url: URL, state: string, pending: Pending): Promise<{ sid: string; sub: string }>;
  /** Where to send somebody to sign out of everything. */
  end(): Promise<string>;
}

/** The authentication service's configuration may be kept for an hour. */
const keptMs = 50 * 60 * 1000;

export function createRelyingParty({ issuer, clientId, clientKey, url }: RelyingPartySettings): RelyingParty {
  const redirectUri = `${url}/sign-in/callback`;
  let kept: { configuration: Promise<openid.Configuration>; until: number } | undefined;

  const discover = async () => {
    const key = createPrivateKey(clientKey).export({ type: 'pkcs8', format: 'der' });
    const privateKey = await crypto.subtle.importKey('pkcs8', key, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']);
    const execute = issuer.startsWith('http:') ? [openid.allowInsecureRequests] : [];
    return openid.discovery(new URL(issuer), clientId, {}, openid.PrivateKeyJwt(privateKey), { execute });
  };
  const configuration = () => {
    if (!kept || kept.until < Date.now()) {
      const asked = { configuration: discover(), until: Date.now() + keptMs };
      asked.configuration.catch(() => (kept = undefined)); // asked again next time
      kept = asked;
    }
    return kept.configuration;
  };

  return {
    async begin() {
      const [verifier, state, nonce] = [openid.randomPKCECodeVerifier(), openid.randomState(), openid.randomNonce()];
      const to = openid.buildAuthorizationUrl(await configuration(), {
        redirect_uri: redirectUri,
        scope: 'openid',
        code_challenge: await openid.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
      });
      return { to: to.href, state, verifier, nonce };
    },
    async finish(at, state, { verifier, nonce }) {
      const tokens = await openid.authorizationCodeGrant(await configuration(), at, {
        pkceCodeVerifier: verifier,
        expectedState: state,
        expectedNonce: nonce,
        idTokenExpected: true,
      });
      const claims = tokens.claims();
      const { sub, sid } = { sub: claims?.sub, sid: claims?.['sid'] };
      if (typeof sid !== 'string' || typeof sub !== 'string') throw new Error('the ID token names no session');
      return { sid, sub };
    },
    async end() {
      const to = openid.buildEndSessionUrl(await configuration(), { client_id: clientId, post_logout_redirect_uri: `${url}/signed-out` });
      return to.href;
    },
  };
}
