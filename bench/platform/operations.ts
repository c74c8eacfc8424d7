/** What is asked of each platform, in the same way: each act checks what came back. */
import { createHash, randomBytes } from 'node:crypto';
import type { Http } from './http.ts';

/** An OpenID provider with people who are signed in already, and one client that proves itself by a secret in a header. */
export interface Platform {
  name: string;
  /** Of its processes: their memory together is what is said. */
  pids: () => readonly number[];
  endpoints: { authorization: string; token: string; userinfo: string; introspection: string };
  client: { id: string; secret: string; redirectUri: string; scope: string };
  people: readonly SignedIn[];
  /** @throws {Error} unless a system could work with what it was told */
  checkClaims: (userinfo: Record<string, unknown>) => void;
}

export interface SignedIn {
  /** As a browser sends it. */
  cookie: string;
  sub: string;
}

export interface Tokens {
  access_token: string;
  refresh_token: string;
  id_token: string;
}

export function createOperations(http: Http, { name, endpoints, client, checkClaims }: Platform) {
  const authorization = `Basic ${Buffer.from(`${encodeURIComponent(client.id)}:${encodeURIComponent(client.secret)}`).toString('base64')}`;
  const fault = (what: string, { status, text }: { status: number; text: string }) =>
    new Error(`${name}: ${what} answered ${status}: ${text.slice(0, 300)}`);

  async function post<T>(url: string, fields: Record<string, string>): Promise<T> {
    const answer = await http.post(url, fields, { authorization });
    if (answer.status !== 200) throw fault(fields['grant_type'] ?? 'introspection', answer);
    return JSON.parse(answer.text) as T;
  }

  /** Authorization request with prompt=none to tokens. */
  async function tokensOf({ cookie }: SignedIn): Promise<Tokens> {
    const verifier = randomBytes(32).toString('base64url');
    const [state, nonce] = [randomBytes(8).toString('hex'), randomBytes(8).toString('hex')];
    const query = new URLSearchParams({
      client_id: client.id,
      redirect_uri: client.redirectUri,
      response_type: 'code',
      scope: client.scope,
      prompt: 'none',
      state,
      nonce,
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    const sent = await http.get(`${endpoints.authorization}?${query.toString()}`, { cookie });
    const back = new URL(sent.headers.location ?? 'about:blank');
    const code = back.searchParams.get('code');
    if (!code || back.searchParams.get('state') !== state) throw fault(`authorization (${back.searchParams.get('error')})`, sent);
    return post<Tokens>(endpoints.token, {
      grant_type: 'authorization_code',
      code,
      redirect_uri: client.redirectUri,
      code_verifier: verifier,
    });
  }

  return {
    tokensOf,
    async silentSignIn(person: SignedIn): Promise<void> {
      const { access_token, id_token } = await tokensOf(person);
      const said = JSON.parse(Buffer.from(id_token.split('.')[1] ?? '', 'base64url').toString()) as { sub?: string };
      const answer = await http.get(endpoints.userinfo, { authorization: `Bearer ${access_token}` });
      if (answer.status !== 200) throw fault('userinfo', answer);
      const claims = JSON.parse(answer.text) as Record<string, unknown>;
      if (said.sub !== person.sub || claims['sub'] !== person.sub) throw new Error(`${name}: told of somebody else`);
      checkClaims(claims);
    },
    async clientCredentials(): Promise<void> {
      const { access_token } = await post<Tokens>(endpoints.token, { grant_type: 'client_credentials' });
      if (!access_token) throw new Error(`${name}: no token`);
    },
    async refresh({ refresh_token }: Tokens): Promise<void> {
      const { access_token } = await post<Tokens>(endpoints.token, { grant_type: 'refresh_token', refresh_token });
      if (!access_token) throw new Error(`${name}: no token`);
    },
    async introspection({ access_token }: Tokens): Promise<void> {
      const { active } = await post<{ active: boolean }>(endpoints.introspection, { token: access_token });
      if (!active) throw new Error(`${name}: the token is not active`);
    },
  };
}
export type Operations = ReturnType<typeof createOperations>;
