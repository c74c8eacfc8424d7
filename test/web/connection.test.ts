/** Connected systems on the pages: who sees them, what waits for a second person, what is shown once. */
import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { AuditRow, recordAudit } from '../../db/audit.ts';
import { hashOfSecret } from '../../db/secret.ts';
import { ClientRow } from '../../db/client/client.ts';
import { aConnection, aConnectionManager, aJwk, inDays, withKey } from '../support/connection.ts';
import { anOrganisation, type Organisation } from '../support/database.ts';
import { keyIn, webAs } from '../support/edges.ts';
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

const as = (person: string) => request(webAs(service.deps, person));
const text = async (path: string, person = noah) => (await as(person).get(path).expect(200)).text.replace(/\s+/g, ' ');
const read = async (path: string, person = noah) => plain(await text(path, person));
const plain = (html: string) => html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
/** Opens a page, and sends its form. */
const send = async (page: string, fields: object, { to = page, person = noah } = {}) =>
  as(person)
    .post(to)
    .type('form')
    .send({ key: keyIn(await text(page, person)), ...fields });
const boxes = (name: string, day: string) => {
  const [year, month, dayOfMonth] = day.split('-');
  return { [`${name}-day`]: dayOfMonth, [`${name}-month`]: month, [`${name}-year`]: year };
};
const form = () => ({
  name: 'Oak records',
  environment: 'integration',
  contact: 'oak@example.org',
  ...boxes('reviewOn', inDays(300)),
  scope: ['profile', 'selectedrole'],
  'scopes-profile': 'To greet people by name',
  'scopes-selectedrole': 'To open the right desk',
  redirect_uris: 'https://oak.example/callback\nhttps://oak.example/other',
  token_endpoint_auth_method: 'private_key_jwt',
  id_token_signed_response_alg: 'RS256',
  minimum_level: '2',
  demands: 'pkce_required',
});
const row = (id: string) => service.orm.em.fork().findOneOrFail(ClientRow, { id }, { refresh: true });
const newPage = () => `/organisations/${elm.code}/connections/new`;
const register = (fields: object, person = noah) => send(newPage(), fields, { to: `/organisations/${elm.code}/connections`, person });
const idIn = (location: string | undefined) => /^\/connections\/([\w.-]+)/.exec(location ?? '')![1]!;
const changePath = async (id: string) => new RegExp(`/connections/${id}/changes/[0-9a-f-]{36}`).exec(await text(`/connections/${id}`))![0];

test('connection managers see the systems of their organisations and of those below, by filters and pages; nobody else does', async () => {
  const oak = await anOrganisation(service.orm, { name: 'Oak Clinic' });
  const id = await aConnection(service.orm, { organisation: elm.code });
  const off = await aConnection(service.orm, { organisation: elm.trust, name: 'Birch letters', environment: 'live' });
  await service.orm.em.fork().nativeUpdate(ClientRow, { id: off }, { state: 'off' });
  const theirs = await aConnection(service.orm, { organisation: oak.code, name: 'Not ours' });
  const seen = await text('/connections');
  expect(seen).toContain('2 systems');
  expect(seen).not.toContain('Not ours');
  expect(await read('/connections?state=off')).toMatch(/1 system found.*Birch letters Elm Trust, live/);
  expect(await read('/connections?environment=integration&name=oak')).toMatch(/1 system found.*Oak records Elm Surgery/);
  expect(await read('/connections?name=%25')).toContain('No system is like this');
  for (let n = 10; n < 36; n += 1) await aConnection(service.orm, { organisation: elm.code, name: `System ${n}`, approved: n > 10 });
  const first = await text('/connections?name=system');
  expect(first).toContain('26 systems found');
  const next = /href="(\/connections\?[^"]+)" rel="next"/.exec(first)![1]!.replaceAll('&amp;', '&');
  expect(await read(next)).toContain('System 35');
  expect(await read('/connections?state=waiting')).toMatch(/1 system found.*System 10.*A change waits/);

  await as(noah).get(`/connections/${theirs}`).expect(404);
  await as(noah).get(`/connections/${randomUUID()}`).expect(404);
  for (const person of [elm.manager, elm.agent, elm.sponsor]) {
    await as(person).get('/connections').expect(403);
    await as(person).get(`/connections/${id}`).expect(403);
    await as(person).post(`/connections/${id}/switch`).type('form').send({ key: randomUUID(), to: 'off' }).expect(403);
  }
  await as(oak.manager).get(`/connections/${id}`).expect(404);
});

test('an empty list says so', async () => {
  expect(await read('/connections')).toContain('No system of your organisations is registered yet');
});

test('one is registered, waits, is on the second person’s start page, and is approved by them alone', async () => {
  const sent = await register(form());
  expect(sent.status).toBe(303);
  const id = idIn(sent.headers['location']);
  expect(id).toMatch(/^\d{12}\.apps\.integration$/);
  expect(await read(sent.headers['location']!)).toMatch(/has to approve it.*Not approved yet.*It is new.*Asked for by Noah Fraser/);
  expect(await row(id)).toMatchObject({
    state: 'proposed',
    organisation: elm.code,
    settings: { scope: 'openid profile selectedrole', minimum_level: 2, pkce_required: true, fapi: false },
    purposes: { profile: 'To greet people by name', selectedrole: 'To open the right desk' },
  });
  expect(await read('/', hana)).toContain('1 change waits to be approved by you');
  expect(await read('/')).not.toContain('waits to be approved by you');

  const path = await changePath(id);
  expect(await read(path)).toContain('You asked for this, so somebody else has to decide it');
  await as(noah)
    .post(`${path}/decision`)
    .type('form')
    .send({ key: randomUUID(), answer: 'approved' })
    .expect(403, /You asked for this change/);
  expect(await read(path, hana)).toMatch(/Their name \(profile\): To greet people by name/);
  const missing = await send(path, {}, { to: `${path}/decision`, person: hana });
  expect(missing.status).toBe(400);
  expect(missing.text).toContain('Select whether you approve the change');
  const decided = await send(path, { answer: 'approved' }, { to: `${path}/decision`, person: hana });
  expect(decided.headers['location']).toBe(`/connections/${id}?done=approved`);
  expect(await row(id)).toMatchObject({ state: 'active', approvedBy: hana });
  expect(await read(`/connections/${id}`)).toMatch(/Last approved by Hana Kim.*nothing to prove itself with yet.*Approved on/);
  const told = await service.orm.em.fork().find(AuditRow, { subjectKind: 'client', subjectId: id }, { orderBy: { at: 1 } });
  expect(told.map(({ what, who }) => [what, who])).toEqual(
    expect.arrayContaining([
      ['client.register', noah],
      ['client.ask-change', noah],
      ['client.change-approved', hana],
    ]),
  );
});

test('what is wrong is said at its field, and nothing typed is lost', async () => {
  const wrong = {
    ...form(),
    name: '',
    contact: 'oak',
    'scopes-profile': '',
    redirect_uris: 'http://oak.example/callback',
    ...boxes('reviewOn', '2020-01-01'),
    organisations: 'elm?',
  };
  const { status, text: page } = await register(wrong);
  expect(status).toBe(400);
  for (const [field, message] of [
    ['name', 'Enter what people know the system by'],
    ['contact', 'Enter an e-mail address in the correct format'],
    ['scopes-profile', 'Enter why the system is told this'],
    ['redirect_uris', 'Enter a whole address that begins with https'],
    ['reviewOn', 'within two years'],
    ['organisations', 'Enter organisation codes'],
  ]) {
    expect(page).toMatch(new RegExp(`href="#${field}">[^<]*${message}`));
    expect(page).toContain(`id="${field}"`);
  }
  expect(page).toContain('http://oak.example/callback');
  expect(page).toMatch(/<title>\s*Error: /);
  const live = await register({ ...form(), environment: 'live', redirect_uris: 'http://localhost:1/callback' });
  expect(live.text).toContain('A live system has only addresses that begin with https');
  const fapi = await register({ ...form(), demands: ['fapi'], token_endpoint_auth_method: 'client_secret_post' });
  expect(fapi.text).toContain('FAPI 2.0 needs private_key_jwt');
  expect((await register({ ...form(), client_id: 'mine' })).status).toBe(400);
});

test('what narrows is so at once; what widens waits, side by side, and can be withdrawn or rejected with a reason', async () => {
  const id = await aConnection(service.orm, { organisation: elm.code });
  const page = `/connections/${id}/change`;
  const version = async () => ({ version: String((await row(id)).version) });
  const same = { ...form(), scope: 'profile', redirect_uris: 'https://oak.example/callback' };
  expect(await text(page)).toMatch(/value="https:\/\/oak.example\/callback"|>https:\/\/oak.example\/callback</);
  const narrowed = await send(page, { ...same, minimum_level: '3', ...(await version()) });
  expect(narrowed.headers['location']).toBe(`/connections/${id}?done=changed`);
  expect((await row(id)).settings.minimum_level).toBe(3);

  const wider = { ...same, scope: ['profile', 'email'], 'scopes-email': 'To send letters', ...(await version()) };
  const asked = await send(page, wider);
  expect(asked.headers['location']).toBe(`/connections/${id}?done=asked`);
  expect((await row(id)).settings.scope).toBe('openid profile');
  const path = await changePath(id);
  expect(await read(path, hana)).toMatch(/It may ask for more about people/);
  expect(await read(path, hana)).toMatch(/It takes weaker sign-ins/);
  expect(await read(path, hana)).toMatch(/Weakest sign-in it takes Changes Now Level 3[^<]*? After Level 2/);
  // While one waits no other is asked for; whoever did not ask does not withdraw.
  await as(hana).post(`${path}/withdrawal`).type('form').send({ key: randomUUID() }).expect(403);
  expect((await send(path, {}, { to: `${path}/withdrawal` })).headers['location']).toBe(`/connections/${id}?done=withdrawn`);

  await send(page, { ...wider, ...(await version()) });
  const again = await changePath(id);
  const silent = await send(again, { answer: 'rejected' }, { to: `${again}/decision`, person: hana });
  expect(silent.text).toContain('Enter why you reject it');
  await send(again, { answer: 'rejected', reason: 'No letters are sent' }, { to: `${again}/decision`, person: hana });
  expect((await row(id)).settings.scope).toBe('openid profile');
  expect(await read(`/connections/${id}`)).toMatch(/Rejected on .* by Hana Kim, asked for by Noah Fraser No letters are sent/);
  expect(await read(again)).toContain('No letters are sent');
});

test('who looked at an older version changes nothing', async () => {
  const id = await aConnection(service.orm, { organisation: elm.code });
  const old = { ...form(), scope: 'profile', redirect_uris: 'https://oak.example/callback', version: '1' };
  const { status, text: page } = await send(`/connections/${id}/change`, old);
  expect(status).toBe(409);
  expect(page).toContain('Somebody changed this client meanwhile');
});

test('switching off says what it does, ends its sessions, and on again brings nothing back', async () => {
  const id = await aConnection(service.orm, { organisation: elm.code });
  const em = service.orm.em.fork();
  await em.execute(
    `with s as (insert into sign_in (id, person, method, level, acr, person_generation, started_at, seen_at)
       values (gen_random_uuid(), :person, 'smartcard', 3, 'AAL3_ANY', 1, now(), now()) returning id)
     insert into sign_in_client (grant_id, sign_in, client, sid, at) select 'grant-${id}', id, :id, 'sid', now() from s`,
    { person: elm.beneficiary, id },
  );
  expect(await read(`/connections/${id}/switch`)).toMatch(
    /Nobody can sign in to it, and its tokens and sessions end\. 1 person is signed in/,
  );
  expect((await send(`/connections/${id}/switch`, { to: 'off' })).headers['location']).toBe(`/connections/${id}?done=off`);
  expect((await row(id)).state).toBe('off');
  expect(await em.execute(`select from sign_in_client where client = :id`, { id })).toHaveLength(0);
  expect(await read(`/connections/${id}/switch`)).toContain('everybody signs in to it anew');
  await send(`/connections/${id}/switch`, { to: 'on' });
  expect((await row(id)).state).toBe('active');
  const proposed = await aConnection(service.orm, { organisation: elm.code, approved: false });
  await as(noah).post(`/connections/${proposed}/switch`).type('form').send({ key: randomUUID(), to: 'on' }).expect(409);
});

test('keys: pasted, public ones only, with their last day; those that end are told of, and removing says what it does', async () => {
  const id = await aConnection(service.orm, { organisation: elm.code });
  const page = `/connections/${id}/keys/new`;
  const to = { to: `/connections/${id}/keys` };
  const { jwk, privateJwk } = aJwk('first');
  const refused = await send(page, { jwk: JSON.stringify(privateJwk), ...boxes('lastDay', inDays(100)) }, to);
  expect(refused.status).toBe(400);
  expect(refused.text).toContain('This is a private key');
  expect(refused.text).not.toContain((privateJwk as { d?: string }).d);
  expect((await send(page, { jwk: 'no key', ...boxes('lastDay', inDays(100)) }, to)).status).toBe(400);
  expect((await send(page, { jwk: JSON.stringify({ ...jwk, x: 'AAAA' }), ...boxes('lastDay', inDays(100)) }, to)).text).toContain(
    'Paste one public key',
  );
  expect((await send(page, { jwk: JSON.stringify(jwk), ...boxes('lastDay', inDays(2000)) }, to)).text).toContain(
    'Enter the last day of the key',
  );
  const added = await send(page, { jwk: JSON.stringify({ keys: [jwk] }), ...boxes('lastDay', inDays(20)) }, to);
  expect(added.headers['location']).toBe(`/connections/${id}?done=key-added`);
  expect(await read(`/connections/${id}`)).toMatch(/Soon to be done The key first ends on/);
  expect((await send(page, { jwk: JSON.stringify(jwk), ...boxes('lastDay', inDays(100)) }, to)).text).toContain('a key with this kid');

  const removal = `/connections/${id}/keys/first/removal`;
  expect(await read(removal)).toContain('It is the only key that is good now');
  const other = await withKey(service.orm, id, new Date(Date.now() + 86_400_000), 'a/b c');
  expect(await read(removal)).toContain('The system has 1 other key');
  expect((await send(removal, {})).headers['location']).toBe(`/connections/${id}?done=key-removed`);
  await as(noah).get(removal).expect(404);
  expect(await text(`/connections/${id}`)).toContain(`/keys/${encodeURIComponent(other)}/removal`);
  await send(`/connections/${id}/keys/${encodeURIComponent(other)}/removal`, {});
  expect(await read(`/connections/${id}`)).toContain('nothing to prove itself with yet');
});

test('a secret is shown once: in no table, in no second answer', async () => {
  const id = await aConnection(service.orm, { organisation: elm.code, settings: { token_endpoint_auth_method: 'client_secret_post' } });
  const to = { to: `/connections/${id}/secrets` };
  const fields = { key: randomUUID(), ...boxes('lastDay', inDays(20)) };
  const made = await send(`/connections/${id}/secrets/new`, fields, to);
  expect(made.status).toBe(200);
  expect(made.headers['cache-control']).toBe('no-store');
  const [, secret] = /<code>([\w-]{43})<\/code>/.exec(made.text)!;
  const again = await as(noah).post(to.to).type('form').send(fields);
  expect(again.status).toBe(409);
  expect(again.text).toContain('This secret was made and shown once');
  expect(again.text).not.toMatch(/<code>[\w-]{43}<\/code>/);
  const em = service.orm.em.fork();
  const kept = await em.execute<Array<{ id: string; hash: string }>>(`select id, hash from client_secret where client = :id`, { id });
  expect(kept).toMatchObject([{ hash: hashOfSecret(secret!) }]);
  for (const table of ['client_secret', 'idempotency', 'audit', 'client', 'client_change', 'mail', 'kept_form'])
    expect(await em.execute(`select from ${table} each where each::text like :it`, { it: `%${secret}%` })).toHaveLength(0);
  expect(await text(`/connections/${id}`)).not.toContain(secret);

  await send(`/connections/${id}/secrets/new`, boxes('lastDay', inDays(20)), to);
  expect((await send(`/connections/${id}/secrets/new`, boxes('lastDay', inDays(20)), to)).text).toContain('It has 2 already');
  const removal = `/connections/${id}/secrets/${kept[0]!.id}/removal`;
  expect((await send(removal, {})).headers['location']).toBe(`/connections/${id}?done=secret-removed`);
  const byKey = await aConnection(service.orm, { organisation: elm.code });
  const refused = await send(`/connections/${byKey}/secrets/new`, boxes('lastDay', inDays(20)), { to: `/connections/${byKey}/secrets` });
  expect(refused.text).toContain('It proves itself by a key');
});

test('sign-ins and failures of the last days are counted from the audit, by day and by what went wrong', async () => {
  const id = await aConnection(service.orm, { organisation: elm.code });
  const record = (what: string, reason: string | null, ageDays: number) => {
    const at = new Date(Date.now() - ageDays * 86_400_000);
    const cause = { id: `test/${randomUUID()}`, at, who: elm.beneficiary, via: 'authentication' as const, caseId: null };
    const detail = { client: id, ...(reason && { reason }) };
    return recordAudit(service.orm.em.fork(), cause, { what, subjectKind: 'person', subjectId: elm.beneficiary, organisation: '', detail });
  };
  for (const age of [0, 0, 2, 30]) await record('token.issue', null, age);
  for (const age of [0, 1]) await record('token.refuse', 'invalid_client', age);
  await record('sign-in.fail', 'revoked', 0);
  const seen = await read(`/connections/${id}`);
  expect(seen).toContain('In the last 7 days: 3 sign-ins');
  expect(seen).toMatch(/It could not prove itself[^0-9]*2 /);
  expect(seen).toContain('A person could not sign in: revoked');
});
