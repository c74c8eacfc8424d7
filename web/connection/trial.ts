/**
 * A sign-in at a connected system, gone through by whoever looks after it, step by step. The authentication service knows each system that
 * is on by a second name too (domain/client.ts, trialOf), with all its settings but our own key and our own address to come back to.
 */
import type { Request } from 'express';
import * as openid from 'openid-client';
import { type ClientSettings, trialCallback, trialOf } from '../../domain/client.ts';
import { keptConfiguration } from '../../pages/openid.ts';
import type { RelyingPartySettings } from '../sign-in/relying-party.ts';

interface Pending {
  client: string;
  name: string;
  state: string;
  verifier: string;
  nonce: string;
  /** What was asked for: no part of it is secret, or about a person. */
  asked: Record<string, string>;
  settings: Pick<ClientSettings, 'id_token_signed_response_alg' | 'userinfo_signed_response_alg' | 'dpop_bound_access_tokens'>;
}

declare module 'express-session' {
  interface SessionData {
    trial: Pending;
  }
}

export interface Step {
  title: string;
  lines: Array<{ name: string; value: string }>;
}
export interface Tried {
  client: string;
  name: string;
  steps: Step[];
  /** As JSON, for reading. Never kept. */
  idToken?: string;
  userInfo?: string;
  /** The error of OpenID Connect at which it ended. */
  failed?: { code: string; words: string };
}

export interface Trials {
  /** @returns where to go to sign in */
  begin(req: Request, system: { id: string; settings: ClientSettings }, prompt?: 'login'): Promise<string>;
  /** @returns nothing for somebody who began none, or comes back twice */
  finish(req: Request): Promise<Tried | undefined>;
}

export function createTrials({ url, ...ours }: RelyingPartySettings): Trials {
  const configurationOf = (client: string, { id_token_signed_response_alg, userinfo_signed_response_alg }: Pending['settings']) =>
    keptConfiguration({
      ...ours,
      clientId: trialOf(client),
      metadata: { id_token_signed_response_alg, ...(userinfo_signed_response_alg && { userinfo_signed_response_alg }) },
    })();

  return {
    async begin(req, { id, settings }, prompt) {
      const configuration = await configurationOf(id, settings);
      const [verifier, state, nonce] = [openid.randomPKCECodeVerifier(), openid.randomState(), openid.randomNonce()];
      const asked = {
        redirect_uri: `${url}${trialCallback}`,
        scope: settings.scope,
        code_challenge: await openid.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
        ...(prompt && { prompt }),
      };
      req.session.trial = { client: id, name: settings.client_name, state, verifier, nonce, asked, settings: usedOf(settings) };
      const to = settings.require_pushed_authorization_requests
        ? await openid.buildAuthorizationUrlWithPAR(configuration, asked)
        : openid.buildAuthorizationUrl(configuration, asked);
      return to.href;
    },

    async finish(req) {
      const pending = req.session.trial;
      if (!pending) return undefined;
      delete req.session.trial;
      const at = new URL(req.originalUrl, url);
      const steps = [askedStep(pending), backStep(at)];
      const { client, name } = pending;
      try {
        const configuration = await configurationOf(client, pending.settings);
        return { client, name, ...(await exchange(configuration, at, pending, steps)) };
      } catch (error) {
        return { client, name, steps, failed: failureOf(error as Error) };
      }
    },
  };
}

const usedOf = (settings: ClientSettings): Pending['settings'] => ({
  id_token_signed_response_alg: settings.id_token_signed_response_alg,
  ...(settings.userinfo_signed_response_alg && { userinfo_signed_response_alg: settings.userinfo_signed_response_alg }),
  dpop_bound_access_tokens: settings.dpop_bound_access_tokens,
});

async function exchange(configuration: openid.Configuration, at: URL, pending: Pending, steps: Step[]) {
  const checks = { pkceCodeVerifier: pending.verifier, expectedState: pending.state, expectedNonce: pending.nonce, idTokenExpected: true };
  const bound = pending.settings.dpop_bound_access_tokens;
  const options = bound ? { DPoP: openid.getDPoPHandle(configuration, await openid.randomDPoPKeyPair('ES256')) } : {};
  const tokens = await openid.authorizationCodeGrant(configuration, at, checks, undefined, options);
  const claims = tokens.claims();
  if (!claims) throw new Error('no ID token');
  steps.push(tokenStep(tokens));
  const userInfo = await openid.fetchUserInfo(configuration, tokens.access_token, claims.sub, options);
  steps.push({
    title: 'It asked who that is (userinfo)',
    lines: linesOf({ answered_as: pending.settings.userinfo_signed_response_alg ?? 'JSON' }),
  });
  return { steps, idToken: JSON.stringify(claims, null, 2), userInfo: JSON.stringify(userInfo, null, 2) };
}

const linesOf = (values: Record<string, string>): Step['lines'] => Object.entries(values).map(([name, value]) => ({ name, value }));

const askedStep = ({ client, asked }: Pending): Step => ({
  title: 'You were sent to sign in',
  lines: linesOf({ client_id: trialOf(client), ...asked }),
});

const backStep = (at: URL): Step => {
  const { code, ...others } = Object.fromEntries(at.searchParams);
  return { title: 'You came back', lines: linesOf({ ...(code && { code: 'good once, for a minute' }), ...others }) };
};

/** What protects a token is said; a token never is. */
function tokenStep({ token_type, scope, expires_in, id_token }: openid.TokenEndpointResponse): Step {
  const header = JSON.parse(Buffer.from((id_token ?? '').split('.')[0] ?? '', 'base64url').toString()) as Record<string, string>;
  const said = { token_type: String(token_type), scope: String(scope ?? ''), expires_in: `${expires_in ?? 0} seconds` };
  return {
    title: 'It changed the code for tokens, and proved itself',
    lines: linesOf({ ...said, id_token: `signed with ${header['alg']}, key ${header['kid']}` }),
  };
}

function failureOf({ name, ...error }: Error & { error?: string; error_description?: string }): { code: string; words: string } {
  return { code: error.error ?? name, words: error.error_description ?? '' };
}
