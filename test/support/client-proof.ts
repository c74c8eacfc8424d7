/** How systems prove that they are themselves, at each endpoint that asks: by every method, and with keys of every kind. */
import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { recordClientSecret } from '../../db/client/client-key.ts';
import { aRelyingSystem, callback, type RelyingSystem } from './relying-system.ts';
import type { SignInService } from './sign-in.ts';

export type ProvingEndpoint = 'token' | 'introspection' | 'revocation';

/** What is sent there beside the proof, and how somebody is answered who has proved to be a client. */
const endpoints: Record<ProvingEndpoint, { path: string; form: Record<string, string>; isProved: (answer: Answer) => boolean }> = {
  token: {
    path: '/access_token',
    form: { grant_type: 'authorization_code', code: 'none', redirect_uri: callback },
    isProved: ({ error }) => error === 'invalid_grant',
  },
  introspection: { path: '/introspect', form: { token: 'none' }, isProved: ({ body }) => body['active'] === false },
  revocation: { path: '/token/revoke', form: { token: 'none' }, isProved: ({ status }) => status === 200 },
};

export interface Answer {
  status: number;
  body: Record<string, unknown>;
  error: string | undefined;
  headers: Headers;
}
export async function send(url: string, form: Record<string, string>, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(form), headers });
  const text = await response.text();
  const body = (text.startsWith('{') ? JSON.parse(text) : {}) as Record<string, unknown>;
  return { status: response.status, body, error: body['error'] as string | undefined, headers: response.headers };
}

/** RFC 7523. @param by a private key, or the bytes of a secret */
export async function assertion(
  { issuer }: SignInService,
  id: string,
  { alg, kid, by }: { alg: string; kid?: string; by: RelyingSystem['key'] | Uint8Array },
): Promise<Record<string, string>> {
  const jwt = new SignJWT({ jti: randomUUID() }).setProtectedHeader({ alg, ...(kid && { kid }) });
  const signed = await jwt.setIssuer(id).setSubject(id).setAudience(issuer).setIssuedAt().setExpirationTime('2m').sign(by);
  return { client_id: id, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: signed };
}
export const assertionOf = (service: SignInService, { id, kid, key, alg }: RelyingSystem) => assertion(service, id, { alg, kid, by: key });

async function isProved({ issuer }: SignInService, at: ProvingEndpoint, proof: Record<string, string>, headers = {}): Promise<boolean> {
  const { path, form, isProved: isGood } = endpoints[at];
  return isGood(await send(`${issuer}${path}`, { ...form, ...proof }, headers));
}

/** @returns the methods that are taken there, of those that OpenID Connect has */
export async function methodsTaken(service: SignInService, at: ProvingEndpoint, organisation: string): Promise<string[]> {
  const withSecret = async (token_endpoint_auth_method: 'client_secret_post' | 'client_secret_basic') => {
    const { id } = await aRelyingSystem(service, organisation, { token_endpoint_auth_method });
    const secret = `${randomUUID()}${randomUUID()}`;
    const cause = { id: `test/${randomUUID()}`, at: new Date(), who: 'integrator', via: 'web' as const, caseId: null };
    const kept = { client: id, id: randomUUID(), secret, notAfter: new Date(Date.now() + 86_400_000) };
    await service.orm.em.fork().transactional((tx) => recordClientSecret(tx, cause, kept));
    return { client_id: id, client_secret: secret };
  };
  const system = await aRelyingSystem(service, organisation);
  const [post, basic] = [await withSecret('client_secret_post'), await withSecret('client_secret_basic')];
  const authorization = `Basic ${Buffer.from(`${basic.client_id}:${basic.client_secret}`).toString('base64')}`;
  const taken = {
    private_key_jwt: await isProved(service, at, await assertionOf(service, system)),
    client_secret_post: await isProved(service, at, post),
    client_secret_basic: await isProved(service, at, {}, { authorization }),
    client_secret_jwt: await isProved(
      service,
      at,
      await assertion(service, post.client_id, { alg: 'HS256', by: Buffer.from(post.client_secret) }),
    ),
    none: await isProved(service, at, { client_id: system.id }),
  };
  return Object.entries(taken).flatMap(([method, is]) => (is ? [method] : []));
}

/** @returns the algorithms that a registered key may sign with there */
export async function algsTaken(service: SignInService, at: ProvingEndpoint, organisation: string): Promise<string[]> {
  const taken: string[] = [];
  for (const alg of ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'ES256', 'ES384', 'Ed25519']) {
    const system = await aRelyingSystem(service, organisation, {}, alg);
    if (await isProved(service, at, await assertionOf(service, system))) taken.push(alg);
  }
  return taken;
}
