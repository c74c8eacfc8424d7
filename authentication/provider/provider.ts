/** The OpenID Connect side: NHS CIS2 Authentication's paths, scopes and claims on oidc-provider. */
import { createHmac, randomBytes } from 'node:crypto';
import Provider, { type Account, type AdapterFactory, type Configuration, type KoaContextWithOIDC } from 'oidc-provider';
import { liveSignIn, type LiveSignIn } from '../../db/sign-in/sign-in.ts';
import type { PrivateJwk } from '../../db/client/signing-key.ts';
import type { AuthenticationDeps } from '../deps.ts';
import { ownCallback, ownClientId } from '../sign-in/here.ts';
import { acrValues } from './assurance.ts';
import { claimsOf, claimsOfIdToken } from '../../db/sign-in/claims.ts';
import { claimsByScope, ownScopes, rolesOfClient } from './claims.ts';
import { client, ownMetadata, trialCallback } from '../../domain/client.ts';
import { clientAuthAlgs, clientAuthMethods, discovery } from './discovery.ts';
import { fetchFor } from './fetch.ts';
import { createGrants } from './grants.ts';
import { compareHashes, createClientStore } from './clients.ts';
import { signingAlgs } from './keys.ts';
import { providerPages } from './pages.ts';
import { createPolicy } from './policy.ts';
import { setUpRecords } from './records.ts';
import { createSignedIn, type SignedIn } from './signed-in.ts';
import { createStore } from './store.ts';

const hour = 60 * 60;
/** The longest that any organisation may set: whether a session is still good, db/sign-in/sign-in.ts says. */
const longestSession = 24 * hour;

/** An account is somebody who is signed in, and this sign-in. */
export interface SignedInAccount extends Account {
  signIn: LiveSignIn;
}

export const interactionPath = (uid: string) => `/sign-in/${uid}`;

/** @param keys to publish, the ones to sign with first */
export function createProvider(deps: AuthenticationDeps, keys: readonly PrivateJwk[]): Provider {
  const signedIn = createSignedIn(deps);
  const { AUTHENTICATION_CLIENTS, ACCESS_TOKEN_MINUTES, TRUST_PROXY } = deps.settings;
  const { renderError, ...logoutPages } = providerPages(deps.render);
  const configuration: Configuration = {
    adapter: storeOf(deps),
    jwks: { keys: [...keys] },
    clients: [...AUTHENTICATION_CLIENTS, ownClient(deps)],
    extraClientMetadata: { properties: [...ownMetadata] },
    acrValues,
    claims: { acr: null, auth_time: null, iss: null, sid: null, ...claimsByScope },
    scopes: ['openid', ...ownScopes],
    responseTypes: ['code'],
    clientAuthMethods: [...clientAuthMethods],
    discovery,
    enabledJWA: {
      clientAuthSigningAlgValues: [...clientAuthAlgs],
      idTokenSigningAlgValues: [...signingAlgs],
      userinfoSigningAlgValues: [...signingAlgs],
    },
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    pkce: { required: (_ctx, client) => client['pkce_required'] !== false },
    features: { ...features(deps), rpInitiatedLogout: { enabled: true, ...logoutPages } },
    interactions: { policy: createPolicy(deps, signedIn), url: (_ctx, interaction) => interactionPath(interaction.uid) },
    loadExistingGrant: createGrants(deps, signedIn),
    findAccount: accounts(deps, signedIn),
    routes: {
      authorization: '/authorize',
      token: '/access_token',
      userinfo: '/userinfo',
      jwks: '/connect/jwk_uri',
      end_session: '/connect/endSession',
      introspection: '/introspect',
      revocation: '/token/revoke',
      pushed_authorization_request: '/par',
    },
    ttl: {
      AccessToken: ACCESS_TOKEN_MINUTES * 60,
      AuthorizationCode: 60,
      IdToken: hour,
      Interaction: hour / 2,
      Session: longestSession,
      Grant: longestSession,
      RefreshToken: longestSession, // it ends with the sign-in before
      ClientCredentials: ACCESS_TOKEN_MINUTES * 60,
    },
    cookies: cookies(deps),
    renderError,
    fetch: fetchFor(deps.outgoing),
  };
  const provider = new Provider(deps.issuer, configuration);
  provider.proxy = TRUST_PROXY;
  // Every system is told its session id, not only those with an address for back-channel logout.
  provider.Client.prototype.includeSid = () => true;
  compareHashes(provider);
  setUpRecords(provider, deps);
  return provider;
}

/** Our own pages among the clients of the settings file. */
function tryingIn({ AUTHENTICATION_CLIENTS, WEB_URL }: AuthenticationDeps['settings']) {
  const web = AUTHENTICATION_CLIENTS.find(({ redirect_uris }) => redirect_uris.includes(`${WEB_URL}/sign-in/callback`));
  return web?.jwks && { jwks: web.jwks, callback: `${WEB_URL}${trialCallback}` };
}

/** Registered clients are in PostgreSQL; everything else in Redis. */
function storeOf({ orm, redis, known, settings }: AuthenticationDeps): AdapterFactory {
  const [clients, store] = [createClientStore(orm, known.clients, tryingIn(settings)), createStore(redis, settings.AUTHENTICATION_KEY)];
  return (model) => (model === 'Client' ? clients : store(model));
}

/** Our own pages, as a system like others. Its secret is used by nobody. */
const ownClient = ({ settings }: AuthenticationDeps) =>
  client.parse({
    client_id: ownClientId,
    client_name: 'your authenticators',
    redirect_uris: [`${settings.AUTHENTICATION_URL}${ownCallback}`],
    token_endpoint_auth_method: 'client_secret_basic',
    client_secret: randomBytes(32).toString('base64url'),
    scope: 'openid',
    pkce_required: false,
  });

/** The same in every process: a nonce that one gave is good at another. */
const dpopNonceKey = (key: Uint8Array) => createHmac('sha256', key).update('dpop-nonce').digest();

const features = ({ orm, known, settings }: AuthenticationDeps): Configuration['features'] => ({
  devInteractions: { enabled: false },
  resourceIndicators: { enabled: false },
  backchannelLogout: { enabled: true },
  pushedAuthorizationRequests: { enabled: true },
  dPoP: { enabled: true, nonceSecret: dpopNonceKey(settings.AUTHENTICATION_KEY) },
  fapi: { enabled: true, profile: (_ctx, client) => (client?.['fapi'] === true ? '2.0' : undefined) },
  jwtUserinfo: { enabled: true },
  clientCredentials: { enabled: true },
  revocation: { enabled: true },
  introspection: {
    enabled: true,
    allowedPolicy: async (ctx, client, token) =>
      (client['may_introspect'] === true || client.clientId === token.clientId) &&
      (token.kind === 'ClientCredentials' ||
        (await known.signIns(`grant/${grantOf(token)}`, () => liveSignIn(orm.em.fork(), { grant: grantOf(token) }))) !== undefined) &&
      (await ctx.oidc.provider.Client.find(String(token.clientId))) !== undefined,
  },
});

const grantOf = (token: unknown) => String((token as { grantId?: string }).grantId);

/** A code or token speaks for its person only while the sign-in that it came from is good. */
const accounts =
  ({ orm, known }: AuthenticationDeps, signedIn: SignedIn): NonNullable<Configuration['findAccount']> =>
  async (ctx: KoaContextWithOIDC, careId, token) => {
    const em = orm.em.fork();
    const grant = (token as { grantId?: string } | undefined)?.grantId;
    const signIn: LiveSignIn | undefined = grant
      ? await known.signIns(`grant/${grant}`, () => liveSignIn(em, { grant }))
      : await signedIn(ctx);
    if (signIn?.careId !== careId) return undefined;
    const account: SignedInAccount = {
      accountId: careId,
      signIn,
      claims(use, scope) {
        const asked = { scope, ...rolesOfClient(ctx) };
        if (use === 'id_token') return claimsOfIdToken(signIn, asked);
        return known.claims(`${signIn.id}/${ctx.oidc.client?.clientId}/${scope}`, () => claimsOf(em, signIn, asked));
      },
    };
    return account;
  };

/** `__Host-` where the whole site is meant; the others are bound to a path, which that prefix forbids. */
function cookies({ settings }: AuthenticationDeps): NonNullable<Configuration['cookies']> {
  const https = settings.AUTHENTICATION_URL.startsWith('https:');
  const options = { httpOnly: true, sameSite: 'lax', secure: https } as const;
  return {
    names: https
      ? { session: '__Host-session', interaction: '__Secure-interaction', resume: '__Secure-resume' }
      : { session: 'care_session', interaction: 'care_interaction', resume: 'care_resume' },
    long: { ...options, path: '/' },
    short: options,
  };
}
