/** A real agent with a drawer of software cards, in a folder of its own, and a service that may ask it. */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JWK } from 'jose';
import { exportJWK, generateKeyPair } from 'jose';
import type { AskedOrder, CardOrders, OrderKeys } from '../../adapters/card-order.ts';
import { createCardOrders } from '../../adapters/card-order.ts';
import { signOriginList } from '../../adapters/origin-list.ts';
import { createTrust, issueCardCertificates, provedPublicKey } from '../../adapters/certificate-authority.ts';
import { createAgent } from '../../agent/create-agent.ts';
import { createDrawer } from '../../agent/drivers/software.ts';
import { readSettings } from '../../agent/settings.ts';
import type { KeyUse, ListedOrigin, Progress, PublicJwk, Secrets, Status } from '../../domain/agent-protocol.ts';
import { agentHeader, agentHeaderValue, jwk, progress, requestChallenge, status } from '../../domain/agent-protocol.ts';
import { anAuthority, cardTerms } from './authority.ts';

export const site = 'http://localhost:4000';
export const issuer = 'http://localhost:4000/oidc';
export const passcode = '274951';

export async function aPrivateJwk(alg: 'ES256' | 'ECDH-ES', kid: string): Promise<JWK> {
  const { privateKey } = await generateKeyPair(alg, { crv: 'P-256', extractable: true });
  return { ...(await exportJWK(privateKey)), kid };
}

/** A service's keys, and the orders it signs with them. */
export interface TestService {
  readonly keys: OrderKeys;
  readonly orders: CardOrders;
}

export async function aService(given: Partial<OrderKeys> & { issuer?: string } = {}): Promise<TestService> {
  const keys = {
    order: given.order ?? (await aPrivateJwk('ES256', 'order-1')),
    sealing: given.sealing ?? (await aPrivateJwk('ECDH-ES', 'sealing-1')),
  };
  return { keys, orders: createCardOrders(keys, { issuer: given.issuer ?? issuer, origins: [site], environment: 'dev' }) };
}

export const listed = ({ orders }: TestService, entry: Pick<ListedOrigin, 'origin' | 'name' | 'operations'>): ListedOrigin => ({
  ...entry,
  issuer,
  ...orders.publicKeys,
});

export const newNonce = () => randomBytes(24).toString('base64url');

/** What is ordered, without what only makes it fresh. */
export type OrderInput = Pick<AskedOrder, 'purpose' | 'case' | 'card' | 'terms' | 'certificates'>;

export async function signOrder({ orders }: TestService, what: OrderInput, bring: { secrets: Secrets; session: PublicJwk }) {
  const nonce = newNonce();
  return { nonce, order: await orders.sign({ ...what, ...bring, nonce, madeAt: new Date() }) };
}

export async function anAgent({ folder = mkdtempSync(join(tmpdir(), 'care-agent-')), keys }: { folder?: string; keys?: TestService } = {}) {
  const service = keys ?? (await aService());
  const listKey = await aPrivateJwk('ES256', 'list-1');
  const paths = { list: join(folder, 'origins.jws'), key: join(folder, 'origins-key.json'), drawer: join(folder, 'drawer') };
  const operations = ['sign-in', 'prepare', 'order'] as const;
  const origins = [
    listed(service, { origin: site, name: 'Care Identity Service', operations: [...operations] }),
    listed(service, { origin: 'https://care.example', name: 'Sign-in only', operations: ['sign-in'] }),
  ];
  writeFileSync(paths.list, await signOriginList(listKey, origins, { environment: 'dev' }));
  writeFileSync(paths.key, JSON.stringify(jwk.parse(listKey)));
  const complaints: string[] = [];
  const settings = readSettings({
    AGENT_PORT: '0',
    ALLOWED_ORIGINS: paths.list,
    ALLOWED_ORIGINS_KEY: paths.key,
    AGENT_DRIVER: 'software',
    AGENT_DRAWER: paths.drawer,
  });
  const agent = await createAgent(settings, (text) => complaints.push(text));
  return {
    ...agent,
    settings,
    paths,
    listKey,
    service,
    complaints,
    drawer: createDrawer(paths.drawer),
    url: `http://localhost:${agent.port}`,
  };
}
export type TestAgent = Awaited<ReturnType<typeof anAgent>>;
/** What a page and a person need of an agent, whatever its cards are. */
export type ReachableAgent = Pick<TestAgent, 'port' | 'url' | 'service'>;

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly text: string;
}

/** A request with exactly these headers, which fetch would not send. */
export function ask(port: number, method: string, path: string, headers: Record<string, string>, body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, method, path, headers: { 'content-length': String(Buffer.byteLength(body)), ...headers } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, text: Buffer.concat(chunks).toString() }),
        );
      },
    );
    sent.on('error', reject).end(body);
  });
}

export const goodHeaders = (port: number, origin = site) => ({
  host: `localhost:${port}`,
  origin,
  'content-type': 'application/json',
  [agentHeader]: agentHeaderValue,
});

/** A page of the site, as the browser would send what it says. */
export function aPage(agent: ReachableAgent, origin = site) {
  const call = async (method: string, path: string, body?: unknown) => {
    const answer = await ask(agent.port, method, path, goodHeaders(agent.port, origin), body === undefined ? '' : JSON.stringify(body));
    return { status: answer.status, body: JSON.parse(answer.text) as Record<string, string> };
  };
  return {
    call,
    status: async (): Promise<Status> => status.parse((await call('GET', '/v1/status')).body),
    start: (body: unknown) => call('POST', '/v1/requests', body),
    outcome: async (id: string): Promise<Progress> => progress.parse((await call('GET', `/v1/requests/${id}`)).body),
    signIn: (nonce = newNonce()) => call('POST', '/v1/requests', { operation: 'sign-in', issuer, nonce }),
  };
}

/** The person in front of the agent's window: opens it, types, presses. */
export function aPerson(agent: ReachableAgent) {
  const get = async (path: string) => (await ask(agent.port, 'GET', path, { host: `localhost:${agent.port}` })).text;
  const post = (path: string, form: Record<string, string>, headers: Record<string, string> = {}) => {
    const own = { host: `localhost:${agent.port}`, origin: agent.url, 'content-type': 'application/x-www-form-urlencoded', ...headers };
    return ask(agent.port, 'POST', path, own, new URLSearchParams(form).toString());
  };
  const hiddenIn = (page: string, name: string) => new RegExp(`name="${name}"\\s+value="([^"]*)"`).exec(page)?.[1] ?? '';
  return {
    get,
    post,
    async types(window: string, form: Record<string, string>): Promise<Answer> {
      const path = new URL(window).pathname;
      const page = await get(path);
      return post(path, { token: hiddenIn(page, 'token'), card: hiddenIn(page, 'card'), ...form });
    },
  };
}

/** What the server does between the page's calls, with a certificate authority of its own. */
export async function aCardService(agent: ReachableAgent & Partial<Pick<TestAgent, 'drawer'>>) {
  const { root, issuing } = await anAuthority();
  const page = aPage(agent);
  const person = aPerson(agent);
  const stored = new Map<string, Secrets>();
  const run = async (what: OrderInput, form?: Record<string, string>) => {
    const { session } = await page.status();
    const { order, nonce } = await signOrder(agent.service, what, { secrets: stored.get(what.card) ?? {}, session });
    const { status: code, body } = await page.start({ operation: 'order', order });
    if (code !== 202) return { nonce, answer: { state: 'refused', refusal: body } as unknown as Progress, window: null };
    if (!form && body['window']) return { nonce, answer: { state: 'waiting' } as Progress, window: body['window'] };
    if (form && body['window']) await person.types(body['window'], form);
    return { nonce, answer: await page.outcome(body['id'] ?? ''), window: body['window'] ?? null };
  };
  const done = async (what: OrderInput, form?: Record<string, string>) => {
    const { nonce, answer } = await run(what, form);
    if (answer.state !== 'done') throw new Error(`${what.purpose}: ${JSON.stringify(answer)}`);
    return { nonce, result: answer.result };
  };
  const certify = async (requests: Record<KeyUse, string>, challenge: string, careId: string) => {
    const key = (use: KeyUse) => provedPublicKey(Buffer.from(requests[use], 'base64'), challenge);
    const publicKeys = { authentication: await key('authentication'), signing: await key('signing') };
    const issued = await issueCardCertificates(issuing, cardTerms(), { careId, publicKeys, at: new Date() });
    return { authentication: issued.authentication.certificate, signing: issued.signing.certificate };
  };
  const prepare = async (caseId: string, card: string) => {
    const { body } = await page.start({ operation: 'prepare', case: caseId, card });
    const outcome = await page.outcome(body['id'] ?? '');
    if (outcome.state !== 'done') throw new Error(JSON.stringify(outcome));
    const made = await agent.service.orders.openPrepared(outcome.result.sealed ?? '');
    if (made.case !== caseId || made.card !== card) throw new Error('It was prepared for something else');
    stored.set(card, made);
  };
  return {
    page,
    person,
    run,
    done,
    certify,
    prepare,
    stored,
    trust: createTrust(root.certificate, [issuing.certificate]),
    /** A card that is ready, in a reader. */
    async issue({ careId = '555123456789', reader = 'Reader 1' } = {}) {
      const card = (await agent.drawer?.addBlank()) ?? '';
      await agent.drawer?.put(card, reader);
      return this.issueOn(card, careId);
    },
    /** Everything from a blank card in a reader to one that is ready. */
    async issueOn(card: string, careId = '555123456789') {
      const caseId = randomUUID();
      const about = { case: caseId, card };
      await prepare(caseId, card);
      await done({ purpose: 'set-up', ...about });
      const { nonce, result } = await done({ purpose: 'make-keys', ...about });
      const certificates = await certify(result.requests!, requestChallenge(caseId, nonce), careId);
      await done({ purpose: 'write-certificates', ...about, certificates });
      const set = await done({ purpose: 'set-passcode', ...about, terms: '3' }, { passcode, again: passcode, accepts: 'yes' });
      return { ...about, certificates, statements: set.result.statements!, nonce: set.nonce };
    },
  };
}
