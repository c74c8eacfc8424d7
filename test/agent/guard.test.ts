import { mkdtempSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { signOriginList } from '../../adapters/origin-list.ts';
import { createAgent } from '../../agent/create-agent.ts';
import { agentHeader } from '../../domain/agent-protocol.ts';
import type { TestAgent } from '../support/agent.ts';
import {
  aCardService,
  anAgent,
  aPage,
  aPerson,
  aPrivateJwk,
  aService,
  ask,
  goodHeaders,
  issuer,
  listed,
  newNonce,
  passcode,
  signOrder,
  site,
} from '../support/agent.ts';

let agent: TestAgent;
let service: Awaited<ReturnType<typeof aCardService>>;
let card: Awaited<ReturnType<Awaited<ReturnType<typeof aCardService>>['issue']>>;
beforeAll(async () => {
  agent = await anAgent();
  service = await aCardService(agent);
  card = await service.issue();
});
afterAll(() => agent.close());

const signInBody = () => JSON.stringify({ operation: 'sign-in', issuer, nonce: newNonce() });
const without = (headers: Record<string, string>, name: string) =>
  Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));
const good = () => goodHeaders(agent.port) as Record<string, string>;

describe.each(['POST /v1/requests', 'GET /v1/status'])('%s', (what) => {
  const [method = '', path = ''] = what.split(' ');
  const send = (headers: Record<string, string>) => ask(agent.port, method, path, headers, method === 'POST' ? signInBody() : '');

  test.each([
    ['a page of another site', () => ({ ...good(), origin: 'https://evil.example' }), 403],
    ['a page whose address only begins like ours', () => ({ ...good(), origin: `${site}.evil.example` }), 403],
    ['a page with another port', () => ({ ...good(), origin: 'http://localhost:4001' }), 403],
    ['a page that hides where it is from', () => ({ ...good(), origin: 'null' }), 403],
    ['a program that says no origin', () => without(good(), 'origin'), 403],
    ['the agent’s own origin', () => ({ ...good(), origin: `http://localhost:${agent.port}` }), 403],
    ['a rebound host name', () => ({ ...good(), host: 'rebound.evil.example' }), 421],
    ['a rebound host name with our port', () => ({ ...good(), host: `evil.example:${agent.port}` }), 421],
    ['localhost with another port', () => ({ ...good(), host: 'localhost:1' }), 421],
    ['no custom header', () => without(good(), agentHeader), 403],
    ['another custom header', () => ({ ...good(), [agentHeader]: '2' }), 403],
  ])('is refused from %s, and says nothing', async (_name, headers: () => Record<string, string>, status) => {
    const answer = await send(headers());
    expect(answer.status).toBe(status);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    expect(answer.text).not.toContain(card.card);
  });
});

test.each(['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x', ''])(
  'a request as %s is refused',
  async (type) => {
    const answer = await ask(agent.port, 'POST', '/v1/requests', { ...good(), 'content-type': type }, signInBody());
    expect(answer.status).toBe(415);
  },
);

test('no try was used by any of them', async () => {
  expect(await agent.drawer.triesLeft(card.card)).toBe(3);
});

test('a browser that asks first is answered for our sites only', async () => {
  const preflight = (origin: string) =>
    ask(agent.port, 'OPTIONS', '/v1/requests', {
      host: `localhost:${agent.port}`,
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': `content-type,${agentHeader}`,
      'access-control-request-private-network': 'true',
    });
  expect((await preflight(site)).headers).toMatchObject({
    'access-control-allow-origin': site,
    'access-control-allow-headers': expect.stringContaining(agentHeader),
    'access-control-allow-private-network': 'true',
    vary: 'Origin',
  });
  const foreign = await preflight('https://evil.example');
  expect(foreign.status).toBe(403);
  expect(Object.keys(foreign.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
});

test('no other computer reaches it', async () => {
  const outside = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4');
  if (!outside) return expect(outside).toBeUndefined();
  const reached = await new Promise((resolve) => {
    const socket = connect(agent.port, outside.address);
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false));
  });
  expect(reached).toBe(false);
});

describe('the agent’s own window', () => {
  const person = () => aPerson(agent);
  const open = async () => {
    const { body } = await service.page.signIn();
    const path = new URL(body['window']!).pathname;
    const page = await person().get(path);
    return { path, id: body['id']!, page, token: /name="token"\s+value="([^"]+)"/.exec(page)![1]! };
  };
  const typed = (token: string) => ({ token, card: card.card, passcode: '111111' });

  test.each([
    ['another site’s form', { origin: 'https://evil.example' }],
    ['the asking site’s own form', { origin: site }],
    ['a form that hides where it is from', { origin: 'null' }],
    ['a browser that says cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['a browser that says same-site', { 'sec-fetch-site': 'same-site' }],
    ['a rebound name', { host: 'evil.example', origin: 'http://evil.example' }],
  ])('takes nothing from %s', async (_name, headers: Record<string, string>) => {
    const { path, token } = await open();
    expect((await person().post(path, typed(token), headers)).status).toBeGreaterThanOrEqual(403);
    expect(await agent.drawer.triesLeft(card.card)).toBe(3);
  });

  test('takes nothing without its own token', async () => {
    const { path } = await open();
    const [other] = [await open()];
    for (const token of ['', 'AAAA', other.token]) expect((await person().post(path, typed(token))).status).toBe(403);
    expect(await agent.drawer.triesLeft(card.card)).toBe(3);
  });

  test('says which site asks, cannot be framed, keeps nothing', async () => {
    const { page, path } = await open();
    expect(page).toContain('<strong>Care Identity Service</strong>');
    expect(page).toContain(`<strong>${site}</strong>`);
    const { headers } = await ask(agent.port, 'GET', path, { host: `localhost:${agent.port}` });
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['x-frame-options']).toBe('DENY');
    expect(headers['cache-control']).toBe('no-store');
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });

  test('opening it changes nothing, and one that is not there is not found', async () => {
    const { path, id } = await open();
    await person().get(path);
    await person().get(`${path}?passcode=111111&card=${card.card}`);
    expect((await ask(agent.port, 'GET', '/window/AAAA', { host: `localhost:${agent.port}` })).status).toBe(404);
    expect(await agent.drawer.triesLeft(card.card)).toBe(3);
    await service.page.call('DELETE', `/v1/requests/${id}`);
    expect(await service.page.outcome(id)).toMatchObject({ state: 'refused', refusal: { code: 'CANCELLED' } });
  });

  test('a second press while the card is at work uses no second try', async () => {
    const { path, token } = await open();
    await Promise.all(Array.from({ length: 5 }, () => person().post(path, typed(token))));
    expect(await agent.drawer.triesLeft(card.card)).toBe(2);
    await person().post(path, { ...typed(token), passcode });
    expect(await agent.drawer.triesLeft(card.card)).toBe(3);
  });
});

test('a request belongs to the site that made it', async () => {
  const { body } = await service.page.signIn();
  const other = aPage(agent, 'https://care.example');
  for (const method of ['GET', 'DELETE']) expect((await other.call(method, `/v1/requests/${body['id']}`)).status).toBe(404);
  await service.page.call('DELETE', `/v1/requests/${body['id']}`);
});

test('a site does only what the list lets it, for its own service only', async () => {
  const other = aPage(agent, 'https://care.example');
  expect((await other.start({ operation: 'prepare', case: card.case, card: card.card })).status).toBe(403);
  expect((await service.page.start({ operation: 'sign-in', issuer: 'https://other.example', nonce: newNonce() })).status).toBe(403);
});

test.each([
  ['bytes to sign', { operation: 'sign-in', issuer, nonce: newNonce(), bytes: 'AAAA' }],
  ['no operation', { issuer }],
  ['nothing', undefined],
  ['a card that is a path', { operation: 'prepare', case: '6f1b7a52-2f0f-4c39-9c36-2f6a4a4c8d11', card: '../../x' }],
  ['a prototype', JSON.parse('{"__proto__":{"operation":"sign-in"}}') as unknown],
])('%s is no request', async (_name, body) => {
  expect(await service.page.start(body)).toMatchObject({ status: 400, body: { code: 'INVALID' } });
});

test('a body without end is not read', async () => {
  const answer = await ask(agent.port, 'POST', '/v1/requests', good(), `{"operation":"${'x'.repeat(200_000)}"}`).catch(() => ({
    status: 400,
  }));
  expect(answer.status).toBe(400);
});

const bring = async () => ({ secrets: service.stored.get(card.card)!, session: (await service.page.status()).session });
const finish = () => ({ purpose: 'finish', case: card.case, card: card.card }) as const;

describe('an order', () => {
  const about = () => ({ purpose: 'make-keys', case: card.case, card: card.card }) as const;
  const start = (order: string) => service.page.start({ operation: 'order', order });

  test('of another service is refused', async () => {
    const other = await aService();
    const { order } = await signOrder(other, about(), await bring());
    expect(await start(order)).toMatchObject({ status: 409, body: { code: 'BAD_ORDER' } });
  });

  test('altered is refused', async () => {
    const { order } = await signOrder(agent.service, about(), await bring());
    const [head, body, signature] = order.split('.');
    const changed = Buffer.from(
      JSON.stringify({ ...(JSON.parse(Buffer.from(body!, 'base64url').toString()) as object), card: 'S-2' }),
    ).toString('base64url');
    expect(await start(`${head}.${changed}.${signature}`)).toMatchObject({ body: { code: 'BAD_ORDER' } });
    expect(await start(`${Buffer.from('{"alg":"none","typ":"care-order+jwt"}').toString('base64url')}.${body}.${signature}`)).toMatchObject(
      { body: { code: 'BAD_ORDER' } },
    );
  });

  test('for another issuer is refused', async () => {
    const { order } = await signOrder(await aService({ ...agent.service.keys, issuer: 'https://other.example' }), about(), await bring());
    expect(await start(order)).toMatchObject({ body: { code: 'BAD_ORDER' } });
  });

  test('whose secrets are for another agent is refused', async () => {
    const { order } = await signOrder(
      agent.service,
      { ...about(), purpose: 'set-up' },
      { ...(await bring()), session: (await stranger()).session },
    );
    const { body } = await start(order);
    expect(await service.page.outcome(body['id']!)).toMatchObject({ state: 'refused', refusal: { code: 'BAD_ORDER' } });
  });

  test('to make keys for a card in use is refused', async () => {
    const { answer } = await service.run(about());
    expect(answer).toMatchObject({ state: 'refused', refusal: { code: 'NOT_READY' } });
  });

  const stranger = async () => {
    const other = await anAgent({ keys: agent.service });
    const { session } = await aPage(other).status();
    await other.close();
    return { session };
  };
});

test('a site waits with ten requests at most', async () => {
  const ids: string[] = [];
  for (;;) {
    const { status, body } = await service.page.signIn();
    if (status !== 202) {
      expect(body).toMatchObject({ code: 'BUSY' });
      break;
    }
    ids.push(body['id']!);
  }
  expect(ids.length).toBeLessThanOrEqual(10);
  for (const id of ids) await service.page.call('DELETE', `/v1/requests/${id}`);
});

test('an agent with software cards does not start for production', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'care-agent-'));
  const list = join(folder, 'origins.jws');
  writeFileSync(list, await signOriginList(agent.listKey, [], { environment: 'production' }));
  await expect(createAgent({ ...agent.settings, ALLOWED_ORIGINS: list }, () => {})).rejects.toThrow('software cards are for development');
});

describe('the list of who may ask', () => {
  const dev = { environment: 'dev' } as const;
  const sites = () => [listed(agent.service, { origin: 'http://localhost:9999', name: 'New', operations: ['sign-in'] })];
  const mayAsk = async (origin: string) => (await ask(agent.port, 'GET', '/v1/status', goodHeaders(agent.port, origin))).status === 200;

  test('is read again when it changes', async () => {
    writeFileSync(agent.paths.list, await signOriginList(agent.listKey, sites(), dev));
    expect([await mayAsk('http://localhost:9999'), await mayAsk(site)]).toEqual([true, false]);
  });

  test.each([
    ['signed by another', async () => signOriginList(await aPrivateJwk('ES256', 'list-1'), sites(), dev)],
    ['over', async () => signOriginList(agent.listKey, sites(), { ...dev, until: new Date(Date.now() - 1000) })],
    ['of production, and the cards are software', async () => signOriginList(agent.listKey, sites(), { environment: 'production' })],
    ['of no environment, and the cards are software', async () => signOriginList(agent.listKey, sites())],
    ['no list', async () => 'not a list'],
    [
      'an order with the same key',
      async () =>
        (
          await signOrder(await aService({ order: agent.listKey }), finish(), {
            secrets: {},
            session: agent.service.orders.publicKeys.sealingKey,
          })
        ).order,
    ],
  ])('allows nobody when it is %s', async (_name, list) => {
    writeFileSync(agent.paths.list, await list());
    expect(await mayAsk('http://localhost:9999')).toBe(false);
  });
});
