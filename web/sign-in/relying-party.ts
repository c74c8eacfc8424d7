/** The back office as a relying party of the authentication service: like any other system's. */
import * as openid from 'openid-client';
import { keptConfiguration, type OpenIdSettings } from '../../pages/openid.ts';

export interface RelyingPartySettings extends OpenIdSettings {
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

export function createRelyingParty({ url, ...settings }: RelyingPartySettings): RelyingParty {
  const redirectUri = `${url}/sign-in/callback`;
  const configuration = keptConfiguration(settings);

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
      const to = openid.buildEndSessionUrl(await configuration(), {
        client_id: settings.clientId,
        post_logout_redirect_uri: `${url}/signed-out`,
      });
      return to.href;
    },
  };
}
