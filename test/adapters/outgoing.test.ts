/** Calling what somebody else gave us the address of: against real servers, with TLS, and a real name server. */
import type { RequestListener } from 'node:http';
import {
  CallFailure,
  type CallFailureReason,
  createOutgoing,
  jsonOnly,
  type Limits,
  type Lookup,
  type Outgoing,
} from '../../adapters/outgoing.ts';
import { aNameServer } from '../support/name-server.ts';
import { aTestAuthority, aTlsServer, type TlsServer } from '../support/tls-server.ts';

const authority = aTestAuthority();
const oak = authority.identityOf('oak.example');
let distrust: () => void;
beforeAll(() => void (distrust = authority.trust()));
afterAll(() => distrust());

const closing: Array<() => unknown> = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});
async function aServer(answer: RequestListener, given: { host?: string; port?: number; identity?: typeof oak } = {}): Promise<TlsServer> {
  const server = await aTlsServer(given.identity ?? oak, answer, given);
  closing.push(() => server.close());
  return server;
}
async function names(answer: (name: string, type: 'A' | 'AAAA') => string[]) {
  const server = await aNameServer(answer);
  closing.push(() => server.close());
  return server;
}
const limits: Limits = { bytes: 1000, ms: 1500 };
const json: RequestListener = (_req, res) => res.setHeader('content-type', 'application/json').end('{"keys":[]}');
/** In dev everything on this machine may be called: so that a real connection is made. */
const here: Lookup = async () => [{ address: '127.0.0.1', family: 4 }];
const toHere = (lookup = here) => createOutgoing({ loopback: true, lookup });
const failing = async (outgoing: Outgoing, to: string, call: Partial<Parameters<Outgoing>[1]> = {}): Promise<CallFailureReason> => {
  const failed = await outgoing(to, { limits, ...call }).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(CallFailure);
  return (failed as CallFailure).reason;
};

test('an answer comes back whole, with its status and headers; what is posted arrives', async () => {
  let posted = '';
  const server = await aServer((req, res) => {
    req.on('data', (part: Buffer) => (posted += part.toString()));
    req.on('end', () => res.writeHead(201, { 'content-type': 'text/plain', 'cache-control': 'max-age=60' }).end('kept'));
  });
  const answer = await toHere()(`https://oak.example:${server.port}/news?a=b`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'logout_token=é',
    limits,
  });
  expect([answer.status, answer.headers.get('cache-control'), await answer.text()]).toEqual([201, 'max-age=60', 'kept']);
  expect(posted).toBe('logout_token=é');
  expect(server.seen.requests).toEqual(['POST /news?a=b']);
});

test('a name is resolved once, and the connection is made to what was answered then: a later answer changes nothing', async () => {
  const first = await aServer(json, { host: '127.0.0.2' });
  const later = await aServer(json, { host: '127.0.0.3', port: first.port });
  const answers = [['127.0.0.2'], ['127.0.0.3']];
  const dns = await names((_name, type) => (type === 'A' ? (answers.shift() ?? ['127.0.0.3']) : []));
  expect((await toHere(dns.lookup)(`https://oak.example:${first.port}/`, { limits })).status).toBe(200);
  expect(dns.asked.toSorted()).toEqual(['A oak.example', 'AAAA oak.example']);
  expect([first.seen.connections, later.seen.connections]).toEqual([1, 0]);
});

test('rebinding: a name that was public and is private at the next call is not called', async () => {
  const server = await aServer(json);
  const answers = [['1.1.1.1'], ['127.0.0.1']];
  const dns = await names((_name, type) => (type === 'A' ? answers.shift()! : []));
  const outgoing = createOutgoing({ loopback: false, lookup: dns.lookup });
  // The first goes to where it was public, whatever is there, and never to this machine.
  expect(await failing(outgoing, `https://oak.example:${server.port}/`, { limits: { bytes: 1000, ms: 300 } })).toMatch(
    /too-late|not-reached/,
  );
  expect(await failing(outgoing, `https://oak.example:${server.port}/`)).toBe('private-address');
  expect(server.seen.connections).toBe(0);
});

test.each([
  ['public and private', ['1.1.1.1', '10.0.0.1'], []],
  ['public and loopback by IPv6', ['1.1.1.1'], ['::1']],
  ['IPv4 in IPv6', [], ['::ffff:7f00:1']],
  ['NAT64', [], ['64:ff9b::a00:1']],
  ['6to4', [], ['2002:7f00:1::1']],
  ['unique local', [], ['fd00::1']],
  ['metadata of a cloud', ['169.254.169.254'], []],
])('a name that answers %s is not called at all', async (_what, four, six) => {
  const dns = await names((_name, type) => (type === 'A' ? four : six));
  expect(await failing(createOutgoing({ loopback: false, lookup: dns.lookup }), 'https://oak.example/')).toBe('private-address');
  expect(await failing(toHere(dns.lookup), 'https://oak.example/')).toBe('private-address');
});

test('a name that nobody has, and one whose name server never answers', async () => {
  const dns = await names(() => []);
  expect(await failing(createOutgoing({ loopback: false, lookup: dns.lookup }), 'https://oak.example/')).toBe('no-such-name');
  const silent = createOutgoing({ loopback: false, lookup: () => new Promise(() => {}) });
  expect(await failing(silent, 'https://oak.example/', { limits: { bytes: 1000, ms: 200 } })).toBe('too-late');
});

test('a redirect is not followed, to this machine or anywhere', async () => {
  const target = await aServer(json);
  for (const status of [301, 302, 303, 307, 308]) {
    const server = await aServer((_req, res) => res.writeHead(status, { location: `https://oak.example:${target.port}/keys` }).end());
    expect(await failing(toHere(), `https://oak.example:${server.port}/`)).toBe('redirect');
  }
  expect(target.seen.connections).toBe(0);
});

test('a body is read to its limit: one that says so before, one that does not, one without an end, one that is packed', async () => {
  const said = await aServer((_req, res) => res.end('x'.repeat(1001)));
  const unsaid = await aServer((_req, res) => (res.write('x'.repeat(600)), res.end('x'.repeat(401))));
  const endless = await aServer((_req, res) => {
    const more = () => void (res.destroyed || (res.write('x'.repeat(500)), setTimeout(more, 1)));
    more();
  });
  const packed = await aServer((_req, res) => res.setHeader('content-encoding', 'gzip').end('x'));
  for (const server of [said, unsaid, endless]) expect(await failing(toHere(), `https://oak.example:${server.port}/`)).toBe('too-large');
  expect(await failing(toHere(), `https://oak.example:${packed.port}/`)).toBe('encoded');
  const just = await aServer((_req, res) => res.end('x'.repeat(1000)));
  expect((await toHere()(`https://oak.example:${just.port}/`, { limits })).status).toBe(200);
});

test('the time is for all of it: a server that takes the request and says nothing, or drips headers or body', async () => {
  const silent = await aServer(() => {});
  const body = await aServer((_req, res) => {
    const drip = () => void (res.destroyed || (res.write('x'), setTimeout(drip, 50)));
    drip();
  });
  const headers = await aServer(({ socket }) => {
    const drip = (line: string) => void (socket.destroyed || (socket.write(line), setTimeout(drip, 50, 'x: y\r\n')));
    drip('HTTP/1.1 200 OK\r\n');
  });
  for (const server of [silent, body, headers]) {
    const begun = Date.now();
    expect(await failing(toHere(), `https://oak.example:${server.port}/`, { limits: { bytes: 1000, ms: 400 } })).toBe('too-late');
    expect(Date.now() - begun).toBeLessThan(1500);
  }
});

test('a certificate of another name, and one of nobody whom we trust, are refused', async () => {
  const other = await aServer(json, { identity: authority.identityOf('birch.example') });
  expect(await failing(toHere(), `https://oak.example:${other.port}/`)).toBe('not-reached');
  const stranger = await aServer(json, { identity: aTestAuthority().identityOf('oak.example') });
  expect(await failing(toHere(), `https://oak.example:${stranger.port}/`)).toBe('not-reached');
  expect([other.seen.requests, stranger.seen.requests]).toEqual([[], []]);
});

test('keys come as JSON', async () => {
  const typed = (type: string) => aServer((_req, res) => res.setHeader('content-type', type).end('{"keys":[]}'));
  for (const type of ['application/json', 'application/json; charset=utf-8', 'application/jwk-set+json']) {
    const { port } = await typed(type);
    expect((await toHere()(`https://oak.example:${port}/`, { limits, takes: jsonOnly })).status).toBe(200);
  }
  for (const type of ['text/html', 'text/plain', 'application/jsonp', '']) {
    const { port } = await typed(type);
    expect(await failing(toHere(), `https://oak.example:${port}/`, { takes: jsonOnly })).toBe('content-type');
  }
});

test.each([
  'http://oak.example/',
  'https://me@oak.example/',
  'https://127.0.0.1/',
  'https://localhost/',
  'https://[::1]/',
  'file:///etc/passwd',
])('%s is refused before any name is asked for', async (to) => {
  let asked = 0;
  const outgoing = createOutgoing({ loopback: false, lookup: async () => (asked++, []) });
  expect(await failing(outgoing, to)).toBe('address');
  expect(asked).toBe(0);
});

test('an address is its own answer, and no failure says where it was to', async () => {
  const outgoing = createOutgoing({ loopback: true, lookup: async () => [{ address: '1.1.1.1', family: 4 }] });
  const server = await aServer(json);
  const error = await outgoing(`https://127.0.0.1:${server.port}/secret-path`, { limits }).catch((failed: Error) => failed);
  expect(server.seen.connections).toBe(1); // and its certificate is of another name
  expect(`${(error as Error).name} ${(error as Error).message}`).not.toContain('secret-path');
});
