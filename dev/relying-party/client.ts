import { createPrivateKey, webcrypto } from 'node:crypto';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import * as openid from 'openid-client';

export interface ClientSettings {
  issuer: string;
  clientId: string;
  /** PKCS#8 in PEM, P-256. */
  clientKey: string;
  url: string;
}

const scope = 'openid profile nhsperson nationalrbacaccess associatedorgs professionalmemberships selectedrole';
const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout';
/** A logout token older than this is not believed. */
const logoutTokenSeconds = 300;
const minimumLevel = 2;

export interface Pending {
  verifier: string;
  nonce: string;
}

export interface Received {
  idToken: openid.IDToken;
  userInfo: openid.UserInfoResponse;
}

export function createClient({ issuer, clientId, clientKey, url }: ClientSettings) {
  let discovered: Promise<openid.Configuration> | undefined;
  const configuration = () => {
    discovered ??= discover();
    discovered.catch(() => (discovered = undefined));
    return discovered;
  };
  async function discover(): Promise<openid.Configuration> {
    const key = createPrivateKey(clientKey).export({ type: 'pkcs8', format: 'der' });
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
    const privateKey = await webcrypto.subtle.importKey('pkcs8', new Uint8Array(key), algorithm, false, ['sign']);
    const execute = issuer.startsWith('http:') ? [openid.allowInsecureRequests] : [];
    return openid.discovery(new URL(issuer), clientId, {}, openid.PrivateKeyJwt(privateKey), { execute });
  }

  return {
    /** @param prompt login to have the person sign in again whatever session they have */
    async begin(state: string, { verifier, nonce }: Pending, prompt?: 'login'): Promise<string> {
      const to = openid.buildAuthorizationUrl(await configuration(), {
        redirect_uri: `${url}/callback`,
        scope,
        acr_values: 'AAL2_OR_AAL3_ANY',
        code_challenge: await openid.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
        ...(prompt && { prompt }),
      });
      return to.href;
    },
    async finish(at: URL, state: string, { verifier, nonce }: Pending): Promise<Received> {
      const checks = { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true };
      const tokens = await openid.authorizationCodeGrant(await configuration(), at, checks);
      const idToken = tokens.claims();
      if (!idToken) throw new Error('no ID token');
      return { idToken, userInfo: await openid.fetchUserInfo(await configuration(), tokens.access_token, idToken.sub) };
    },
    async end(): Promise<string> {
      return openid.buildEndSessionUrl(await configuration(), { client_id: clientId, post_logout_redirect_uri: `${url}/` }).href;
    },
    /** OpenID Connect Back-Channel Logout 1.0, section 2.6. @returns the session that ended @throws for a token that is not one */
    async readLogoutToken(token: string): Promise<string> {
      const { jwks_uri } = (await configuration()).serverMetadata();
      const keys = createRemoteJWKSet(new URL(String(jwks_uri)));
      const options = { issuer, audience: clientId, algorithms: ['RS256'], maxTokenAge: logoutTokenSeconds };
      const { payload } = await jwtVerify(token, keys, options);
      const events = payload['events'] as Record<string, unknown> | undefined;
      if (!events?.[logoutEvent] || 'nonce' in payload || typeof payload['sid'] !== 'string') throw new Error('not a logout token');
      return payload['sid'];
    },
  };
}
export type Client = ReturnType<typeof createClient>;

interface Role {
  org_code: string;
  person_roleid: string;
  role_name: string;
  activities?: string[];
}

const rolesIn = (userInfo: openid.UserInfoResponse) => (userInfo['nhsid_nrbac_roles'] ?? []) as unknown as Role[];

/** What a careful system checks before it lets somebody in, each with its outcome. */
export function checksOf({ idToken, userInfo }: Received): Array<{ what: string; passed: boolean }> {
  const roles = rolesIn(userInfo);
  const selected = idToken['selected_roleid'];
  return [
    { what: 'The Care ID is the same in the ID token and at userinfo', passed: userInfo['nhsid_useruid'] === idToken.sub },
    { what: 'The identity was proved to level 3', passed: Number(idToken['id_assurance_level']) >= 3 },
    { what: `The sign-in is of level ${minimumLevel} or more`, passed: Number(idToken['authentication_assurance_level']) >= minimumLevel },
    {
      what: 'The role chosen is one that the person has',
      passed: selected === undefined ? roles.length === 0 : roles.some(({ person_roleid }) => person_roleid === selected),
    },
  ];
}

export const selectedRole = ({ idToken, userInfo }: Received): Role | undefined =>
  rolesIn(userInfo).find(({ person_roleid }) => person_roleid === idToken['selected_roleid']);

/** What this system was told of registers, by the names of the national service. */
const registers = {
  gmc_id: 'GMC',
  nmc_id: 'NMC',
  gdc_id: 'GDC',
  gphc_id: 'GPhC',
  gmp_id: 'GMP code',
  gdp_id: 'GDP code',
  consultant_id: 'consultant code',
  rcn_id: 'RCN',
};
export const professionalNumbers = ({ userInfo }: Received): string[] =>
  Object.entries(registers).flatMap(([claim, words]) => (typeof userInfo[claim] === 'string' ? [`${words} ${userInfo[claim]}`] : []));
