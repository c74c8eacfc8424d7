/** The systems of dev that rely on the authentication service, and their keys. */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';

/** PKCS#8 in PEM, P-256: what a client proves itself with. */
export const makeClientKey = (): string =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

export interface DevClients {
  web: { url: string; key: string };
  api: { url: string; key: string };
  relyingParty: { url: string; key: string };
}

/** What AUTHENTICATION_CLIENTS holds. */
export const devClients = ({ web, api, relyingParty }: DevClients) => [
  {
    client_id: 'web',
    client_name: 'Care Identity Service',
    redirect_uris: [`${web.url}/sign-in/callback`],
    post_logout_redirect_uris: [`${web.url}/signed-out`],
    ...keyed(web.key),
    scope: 'openid',
  },
  { client_id: 'api', client_name: 'Care Identity API', ...keyed(api.key), scope: 'openid', may_introspect: true },
  {
    client_id: 'demo-clinical-system',
    client_name: 'Elm Clinical (demonstration)',
    redirect_uris: [`${relyingParty.url}/callback`],
    post_logout_redirect_uris: [`${relyingParty.url}/signed-out`],
    backchannel_logout_uri: `${relyingParty.url}/back-channel-logout`,
    ...keyed(relyingParty.key),
    scope: 'openid profile email nhsperson nationalrbacaccess associatedorgs selectedrole care-identity-api',
    minimum_level: 3,
  },
];

const keyed = (pem: string) => ({
  token_endpoint_auth_method: 'private_key_jwt',
  token_endpoint_auth_signing_alg: 'ES256',
  jwks: { keys: [{ ...createPublicKey(createPrivateKey(pem)).export({ format: 'jwk' }), use: 'sig', alg: 'ES256' }] },
});
