/** Our authentication service as `npm start` runs it, with people who signed in with a card, and a client from the register. */
import { randomUUID } from 'node:crypto';
import { recordClientSecret } from '../../db/client/client-key.ts';
import { aConnection } from '../../test/support/connection.ts';
import { makeCards } from '../sign-ins/cards.ts';
import { createSigningIn } from '../sign-ins/signing-in.ts';
import type { System } from '../system.ts';
import type { Platform, SignedIn } from './operations.ts';

const redirectUri = 'http://localhost:1/callback';
const scope = 'openid profile nhsperson nationalrbacaccess associatedorgs selectedrole';

export async function ourPlatform(system: System, people: number): Promise<Platform> {
  await system.only('authentication');
  const { deps, demo, environments, running } = system;
  const signIn = createSigningIn(system);
  const signedIn: SignedIn[] = [];
  for (const card of await makeCards(deps.orm.em.fork(), demo.authority, people, 778_000_000_000)) {
    const browser = await signIn(card);
    const jar = browser.cookies().filter(({ path }) => path === '/');
    signedIn.push({ sub: card.careId, cookie: jar.map(({ name, value }) => `${name}=${value}`).join('; ') });
  }
  const issuer = environments['relying-party']['ISSUER'];
  return {
    name: 'Care Identity',
    pids: () => running.switches().flatMap(({ name, pid }) => (name === 'authentication' && pid ? [pid] : [])),
    endpoints: {
      authorization: `${issuer}/authorize`,
      token: `${issuer}/access_token`,
      userinfo: `${issuer}/userinfo`,
      introspection: `${issuer}/introspect`,
    },
    client: { ...(await aClient(deps.orm)), redirectUri, scope },
    people: signedIn,
    checkClaims(claims) {
      const [role] = claims['nhsid_nrbac_roles'] as Array<{ person_roleid: string; activities: string[] }>;
      if (!role?.person_roleid || role.activities.length === 0) throw new Error('Care Identity: no role');
    },
  };
}

async function aClient(orm: System['deps']['orm']): Promise<{ id: string; secret: string }> {
  const settings = {
    redirect_uris: [redirectUri],
    token_endpoint_auth_method: 'client_secret_basic',
    scope,
    refresh_tokens: true,
    client_credentials: true,
  } as const;
  const id = await aConnection(orm, { organisation: 'A9A5A', name: 'Bench', settings: { ...settings, redirect_uris: [redirectUri] } });
  const secret = `${randomUUID()}${randomUUID()}`;
  const cause = { id: `bench/${randomUUID()}`, at: new Date(), who: 'bench', via: 'web' as const, caseId: null };
  const notAfter = new Date(Date.now() + 86_400_000);
  await orm.em.fork().transactional((tx) => recordClientSecret(tx, cause, { client: id, id: randomUUID(), secret, notAfter }));
  return { id, secret };
}
