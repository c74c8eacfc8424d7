/** Connected systems by the API: the same rules as the pages. */
import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { ClientRow } from '../../db/client/client.ts';
import { aConnection, aConnectionManager, aJwk, inDays } from '../support/connection.ts';
import { anOrganisation, type Organisation } from '../support/database.ts';
import { apiOf } from '../support/edges.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let elm: Organisation;
let noah: string;
let hana: string;
beforeAll(async () => void (service = await startService()));
afterAll(() => service.stop());
beforeEach(async () => {
  elm = await anOrganisation(service.orm);
  noah = await aConnectionManager(service.orm, elm.trust);
  hana = await aConnectionManager(service.orm, elm.trust, 'Hana Kim');
});

const post = (path: string, body: object, person = noah, key: string = randomUUID()) =>
  request(apiOf(service.deps)).post(`/v1${path}`).set('X-Person', person).set('Idempotency-Key', key).send(body);
const get = (path: string, person = noah) => request(apiOf(service.deps)).get(`/v1${path}`).set('X-Person', person);
const system = (changes: object = {}) => ({
  name: 'Oak records',
  environment: 'live',
  contact: 'oak@example.org',
  reviewOn: inDays(300),
  scopes: { profile: 'To greet people by name' },
  redirect_uris: ['https://oak.example/callback'],
  ...changes,
});
const registerPath = () => `/organisations/${elm.code}/connections`;

test('one key registers one system, which a second person approves', async () => {
  const key = randomUUID();
  const { body } = await post(registerPath(), system(), noah, key).expect(200);
  expect((await post(registerPath(), system(), noah, key).expect(200)).body).toEqual(body);
  await post(registerPath(), system({ name: 'Other' }), noah, key).expect(422, /KEY_REUSED/);
  const { id, change } = body as { id: string; change: string };
  expect((await get('/connections').expect(200)).body).toMatchObject({
    total: 1,
    connections: [{ id, state: 'proposed', waits: true }],
    next: null,
  });
  const decision = `/connections/${id}/changes/${change}/decision`;
  await post(decision, { answer: 'approved' }).expect(403, /SAME_PERSON/);
  await post(decision, { answer: 'approved' }, elm.manager).expect(403, /NOT_PERMITTED/);
  await post(decision, { answer: 'approved' }, (await anOrganisation(service.orm)).manager).expect(404);
  await post(decision, { answer: 'rejected' }, hana).expect(400, /Enter why you reject it/);
  await post(decision, { answer: 'approved' }, hana).expect(200);
  await post(decision, { answer: 'rejected', reason: 'Late' }, hana).expect(409, /WRONG_STATE/);
  expect((await get(`/connections/${id}`).expect(200)).body).toMatchObject({
    id,
    state: 'active',
    settings: { client_id: id, scope: 'openid profile', redirect_uris: ['https://oak.example/callback'] },
    waiting: null,
    earlier: [{ state: 'approved', askedBy: noah, decidedBy: hana }],
  });
});

test('nothing is taken that the schema does not name, and every scope has its purpose', async () => {
  await post(registerPath(), { ...system(), client_id: 'mine' }).expect(400);
  await post(registerPath(), { ...system(), client_secret: 'x'.repeat(40) }).expect(400);
  await post(registerPath(), system({ scopes: { profile: '' } })).expect(400, /Enter why the system is told this/);
  await post(registerPath(), system({ scopes: { everything: 'Because' } })).expect(400);
  await post(registerPath(), system({ redirect_uris: ['https://oak.example/#here'] })).expect(400, /one a line/);
  await post(registerPath(), system({ minimum_level: 4 })).expect(400);
  await post(registerPath(), system({ reviewOn: inDays(1000) })).expect(400, /within two years/);
  await post(registerPath(), system(), elm.agent).expect(403);
  expect(await service.orm.em.fork().count(ClientRow, { organisation: elm.code })).toBe(0);
});

test('a change says whether it is done or waits, and only whoever asked withdraws it', async () => {
  const id = await aConnection(service.orm, { organisation: elm.code, environment: 'live' });
  const narrower = { ...system({ minimum_level: 3 }), version: 2 };
  expect((await post(`/connections/${id}`, narrower).expect(200)).body).toEqual({ id, widens: [], change: null });
  await post(`/connections/${id}`, narrower).expect(409, /WRONG_STATE/);
  const wider = { ...system({ may_introspect: true, minimum_level: 3 }), version: 3 };
  const { body } = await post(`/connections/${id}`, wider).expect(200);
  expect(body).toMatchObject({ widens: ['It may ask about tokens of other systems'] });
  const shown = (await get(`/connections/${id}/changes/${body.change}`, hana).expect(200)).body;
  expect(shown).toMatchObject({ mayDecide: true, mayWithdraw: false, isOld: false });
  expect(shown.rows.filter(({ differs }: { differs: boolean }) => differs)).toEqual([
    { key: 'It may also', before: [], after: ['Ask whether tokens of other systems are good'], differs: true },
  ]);
  await post(`/connections/${id}/changes/${body.change}/withdrawal`, {}, hana).expect(403);
  await post(`/connections/${id}/changes/${body.change}/withdrawal`, {}).expect(200);
});

test.each([
  ['may_introspect', 'It may ask about tokens of other systems'],
  ['refresh_tokens', 'It may get new tokens without asking the person again'],
  ['client_credentials', 'It may get tokens for itself'],
])('a second person is asked before a system is let do more: %s', async (allowance, words) => {
  const id = await aConnection(service.orm, { organisation: elm.code, environment: 'live' });
  const { body } = await post(`/connections/${id}`, { ...system({ [allowance]: true }), version: 2 }).expect(200);
  expect(body).toMatchObject({ widens: [words] });
  const before = await service.orm.em.fork().findOneOrFail(ClientRow, { id });
  expect(before.settings).toMatchObject({ [allowance]: false });
  await post(`/connections/${id}/changes/${body.change}/decision`, { answer: 'approved' }, hana).expect(200);
  expect((await service.orm.em.fork().findOneOrFail(ClientRow, { id })).settings).toMatchObject({ [allowance]: true });
  // Less again needs nobody else.
  expect((await post(`/connections/${id}`, { ...system(), version: 3 }).expect(200)).body).toMatchObject({ widens: [], change: null });
});

test('keys: the private one is refused, and its private part comes back nowhere', async () => {
  const id = await aConnection(service.orm, { organisation: elm.code });
  const { jwk, privateJwk } = aJwk('one');
  const refused = await post(`/connections/${id}/keys`, { jwk: privateJwk, lastDay: inDays(100) }).expect(400, /private key/);
  expect(refused.text).not.toContain((privateJwk as { d?: string }).d);
  await post(`/connections/${id}/keys`, { jwk: { kty: 'oct', k: 'c2VjcmV0', kid: 'x' }, lastDay: inDays(100) }).expect(400);
  await post(`/connections/${id}/keys`, { jwk: { ...jwk, extra: 'left out' }, lastDay: inDays(100) }).expect(200, /"kid":"one"/);
  const [kept] = await service.orm.em.fork().execute<Array<{ jwk: object }>>(`select jwk from client_key where client = :id`, { id });
  expect(kept!.jwk).toEqual(jwk);
  expect((await get(`/connections/${id}`)).body.keys).toMatchObject([{ kid: 'one', kind: 'EC, P-256, ES256', isOver: false }]);
  await post(`/connections/${id}/keys/one/removal`, {}).expect(200);
  const fetched = await aConnection(service.orm, { organisation: elm.code, settings: { jwks_uri: 'https://oak.example/keys' } });
  await post(`/connections/${fetched}/keys`, { jwk, lastDay: inDays(100) }).expect(400, /put the new key there/);
});

test('a secret is in one answer only, and two are the most', async () => {
  const id = await aConnection(service.orm, { organisation: elm.code, settings: { token_endpoint_auth_method: 'client_secret_basic' } });
  const key = randomUUID();
  const make = (person = noah) => post(`/connections/${id}/secrets`, { lastDay: inDays(30) }, person, key);
  const [one, two] = [(await make().expect(200)).body, (await make().expect(200)).body];
  expect(one.secret).toMatch(/^[\w-]{43}$/);
  expect(two.secret).not.toBe(one.secret);
  await make().expect(400, /It has 2 already/);
  await make(elm.agent).expect(403);
  expect((await get(`/connections/${id}`)).text).not.toMatch(new RegExp(`${one.secret}|${two.secret}`));
  const both = await Promise.all([1, 2].map(() => post(`/connections/${id}/secrets/${one.id}/removal`, {})));
  expect(both.map(({ status }) => status).sort()).toEqual([200, 404]);
  await make().expect(200);
});

test('off at once by the API too; the list counts it', async () => {
  const id = await aConnection(service.orm, { organisation: elm.code });
  await post(`/connections/${id}/switch`, { to: 'off' }).expect(200);
  await post(`/connections/${id}/switch`, { to: 'off' }).expect(409, /It is off already/);
  expect((await get('/connections?state=off').expect(200)).body).toMatchObject({
    total: 1,
    counts: [{ environment: 'integration', state: 'off', n: 1 }],
  });
  await get('/connections?state=wild').expect(400);
  await get('/connections', elm.sponsor).expect(403);
  const { paths } = (await get('/openapi.json').expect(200)).body;
  expect(paths['/connections/{id}/secrets'].post.parameters.map(({ name }: { name: string }) => name)).toEqual(['id']);
  expect(paths['/organisations/{organisation}/connections'].post.requestBody).toBeTruthy();
});

test.each([
  ['jwks_uri', 'https://10.0.0.1/keys', 'private network'],
  ['jwks_uri', 'https://localhost/keys', 'inside one network'],
  ['backchannel_logout_uri', 'https://[fd00::1]/out', 'private network'],
  ['backchannel_logout_uri', 'https://me:it@oak.example/out', 'before the @'],
])('%s %s, which we would call, is refused at once; a browser may go where it likes', async (field, address, words) => {
  const { body } = await post(registerPath(), system({ environment: 'integration', [field]: address })).expect(400);
  expect(body).toMatchObject({ code: 'INVALID', title: expect.stringContaining(words), details: { [field]: 'private' } });
  await post(registerPath(), system({ environment: 'integration', redirect_uris: ['http://localhost:3010/callback'] })).expect(200);
});
