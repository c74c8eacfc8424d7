/** Test people on the pages: who makes and sees them, what is shown, what is done with them, and that production has none of it. */
import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { AuditRow } from '../../db/audit.ts';
import { PersonRow } from '../../db/person/person.ts';
import { SandboxPersonRow } from '../../db/sandbox/sandbox-person.ts';
import { EnrolmentLinkRow } from '../../db/sign-in/enrolment-link.ts';
import { SmartcardRow } from '../../db/smartcard/smartcard.ts';
import { RoleProfileRow } from '../../db/position-request/role-profile.ts';
import { createDrawer } from '../../agent/drivers/software.ts';
import { readHolders } from '../../agent/drivers/card-file.ts';
import { retention } from '../../workflows/retention.ts';
import { mostTestPeople } from '../../domain/sandbox.ts';
import { aConnectionManager } from '../support/connection.ts';
import { anOrganisation, aPerson, type Organisation } from '../support/database.ts';
import { apiOf, keyIn, webAs } from '../support/edges.ts';
import { startSandbox } from '../support/sandbox.ts';
import { aTestPerson, shownOf } from '../support/test-person.ts';

let service: Awaited<ReturnType<typeof startSandbox>>;
let elm: Organisation;
let noah: string;
let hana: string;
beforeAll(async () => void (service = await startSandbox()));
afterAll(() => service.stop());
beforeEach(async () => {
  elm = await anOrganisation(service.orm);
  noah = await aConnectionManager(service.orm, elm.code);
  hana = await aConnectionManager(service.orm, elm.code, 'Hana Kim');
});

const em = () => service.orm.em.fork();
const as = (person: string) => request(webAs(service.deps, person));
const text = async (path: string, person = noah) => (await as(person).get(path).expect(200)).text.replace(/\s+/g, ' ');
const plain = (html: string) => html.replace(/<[^>]+>/g, ' ').replace(/\s+/g, ' ');
const read = async (path: string, person = noah) => plain(await text(path, person));
const newPage = () => `/organisations/${elm.code}/sandbox/new`;
const make = async (fields: object, person = noah) =>
  as(person)
    .post(`/organisations/${elm.code}/sandbox`)
    .type('form')
    .send({
      key: keyIn(await text(newPage(), person)),
      names: 'ordinary',
      level: '3',
      method: 'card',
      roles: 'random',
      count: '1',
      ...fields,
    });
const made = async (fields: object) => {
  const sent = await make(fields);
  expect([sent.status, sent.headers['location']]).toEqual([303, expect.stringMatching(/^\/sandbox\/[0-9a-f-]{36}\?done=made$/)]);
  const id = sent.headers['location']!.slice('/sandbox/'.length, -'?done=made'.length);
  await service.over(id, 'sandbox-person');
  return id;
};
const act = (id: string, what: string, person = noah) =>
  as(person).post(`/sandbox/${id}/acts`).type('form').send({ key: randomUUID(), act: what });
const audited = async (id: string) => (await em().find(AuditRow, { subjectId: id }, { orderBy: { at: 1 } })).map(({ what }) => what);

test('one with a card: made, in the drawer with its passcode, with everything needed to sign in as them', async () => {
  expect(await read('/sandbox')).toContain('Your organisations have no test people yet');
  expect(await read('/')).toContain('Make people to try your systems with');
  const id = await made({ level: '1', chosen: '', count: '3' });
  const page = await read(`/sandbox/${id}`);
  const shown = await shownOf(service, noah, id);
  expect(shown).toMatchObject({ identityAssuranceLevel: 1, level: 3, isReady: true, state: 'active', chosen: null });
  expect(shown.roles).toHaveLength(3);
  const [card] = shown.cards;
  expect(page).toContain(shown.careId.replace(/(\d{4})(?=\d)/g, '$1 '));
  expect(page).toMatch(new RegExp(`${card!.serial} Good Passcode ${shown.secrets.passcode}`));
  for (const role of shown.roles) expect(page).toContain(role.id);
  expect(page).toContain(`&quot;id_assurance_level&quot;: &quot;1&quot;`);
  const drawer = createDrawer(service.folder);
  const [only] = (await drawer.cards()).filter(({ serial }) => serial === card!.serial);
  expect(only).toMatchObject({ state: 'ready', certificates: [{ careId: shown.careId }, { careId: shown.careId }] });
  expect((await readHolders(service.folder))[card!.serial]).toBe(`${shown.name.replace(/^\S+ /, '')} (test)`);
  await drawer.put(card!.serial, 'Reader 1');
  await expect(drawer.open(card!.serial, shown.secrets.passcode!)).resolves.toBeDefined();
  const [first, second] = shown.roles;
  expect((await shownOf(service, noah, id, first!.id)).claims).toMatchObject({ selected_roleid: first!.id });
  expect((await shownOf(service, noah, id, second!.id)).claims).toMatchObject({ selected_roleid: second!.id });
  expect((await audited(id)).filter((what) => what.startsWith('sandbox'))).toEqual(['sandbox-person.make', 'sandbox-person.equip']);
  expect((await as(noah).get(`/sandbox/${id}`)).headers['cache-control']).toBe('no-store');
});

test('what they sign in with is kept sealed: it is in no row as it is', async () => {
  const id = await made({ method: 'password' });
  const { secrets } = await shownOf(service, noah, id);
  expect(secrets.app!.code).toMatch(/^\d{6}$/);
  expect(secrets.app!.uri).toContain(`secret=${secrets.app!.secret}`);
  expect(await read(`/sandbox/${id}`)).toContain(secrets.password!);
  const { sealed } = await em().findOneOrFail(SandboxPersonRow, { person: id });
  expect(Buffer.from(sealed!).toString('latin1')).not.toContain(secrets.password!);
  const rows = await em().execute(`select * from audit where subject_id = :id`, { id });
  expect(JSON.stringify(rows)).not.toContain(secrets.password!);
});

test('roles that are chosen, a role that ends soon, no e-mail, suspended, each kind of name', async () => {
  const other = await anOrganisation(service.orm, { name: 'Oak Clinic' });
  const id = await made({
    roles: 'chosen',
    chosen: `${elm.code} R8000\n${other.code.toLowerCase()}, R8001 B0360 B0380\n`,
    but: ['no-email', 'suspended', 'role-ends-soon'],
    names: 'accents',
    method: 'password',
  });
  const shown = await shownOf(service, noah, id);
  expect(shown).toMatchObject({ state: 'suspended', email: null });
  expect(shown.claims).not.toHaveProperty('email');
  expect(shown.roles.map(({ organisation, jobRole }) => [organisation, jobRole]).toSorted()).toEqual(
    [
      [elm.code, 'R8000'],
      [other.code, 'R8001'],
    ].toSorted(),
  );
  const ends = shown.roles.flatMap(({ endsAt }) => endsAt ?? []);
  expect(ends).toHaveLength(1);
  const minutes = (ends[0]!.getTime() - Date.now()) / 60_000;
  expect(minutes).toBeGreaterThan(8);
  expect(minutes).toBeLessThanOrEqual(10);
  for (const names of ['one-letter', 'very-long', 'one-name']) {
    const person = await em().findOneOrFail(PersonRow, { id: await made({ names, method: 'password' }) });
    if (names === 'one-name') expect(person.givenNames).toBeNull();
    if (names === 'very-long') expect(person.familyName.length).toBeGreaterThan(150);
    if (names === 'one-letter') expect(person.familyName).toHaveLength(1);
  }
});

test('what is wrong is said at its field, and what was typed is kept; nothing of a name can be given', async () => {
  for (const [fields, message] of [
    [{ count: '' }, 'Enter how many roles, from 0 to 20'],
    [{ count: '21' }, 'Enter how many roles, from 0 to 20'],
    [{ count: 'many' }, 'Enter how many roles, from 0 to 20'],
    [{ level: '4' }, 'Select how far their identity was checked'],
    [{ method: 'magic' }, 'Select how they sign in'],
    [{ names: '' }, 'Select what kind of name it is'],
    [{ roles: 'chosen', chosen: '' }, 'Enter the roles, one a line'],
    [{ roles: 'chosen', chosen: 'R8000' }, 'Enter the code of an organisation and of a job role on each line'],
    [{ roles: 'chosen', chosen: 'XX999 R8000' }, 'XX999 is not loaded here'],
    [{ roles: 'chosen', chosen: `${elm.code} R5080` }, 'R5080 opens pages of this service'],
    [{ roles: 'chosen', chosen: `${elm.code} R8000 L0002` }, 'L0002 opens pages of this service'],
    [{ count: '0', but: ['role-ends-soon'] }, 'Only somebody who holds a role can lose one'],
  ] as const) {
    const { status, text: page } = await make(fields);
    expect([status, plain(page)]).toEqual([400, expect.stringContaining(message)]);
    expect(page).toMatch(/<title>\s*Error: /);
    if ('chosen' in fields && fields.chosen) expect(page).toContain(fields.chosen);
  }
  expect((await make({ givenNames: 'Ada', familyName: 'Lovelace' })).status).toBe(400);
  expect(await em().count(SandboxPersonRow, { madeBy: noah })).toBe(0);
});

test('colleagues see them, other suppliers and other roles do not, on pages and by the API', async () => {
  const id = await made({ method: 'password' });
  const oak = await anOrganisation(service.orm, { name: 'Oak Supplier' });
  const theirs = await aConnectionManager(service.orm, oak.code, 'Una Webb');
  expect(await read(`/sandbox/${id}`, hana)).toContain('Made');
  expect(await read('/sandbox', hana)).toContain('1 test person');
  expect(await read('/sandbox?mine=yes', hana)).toContain('0 test people found');
  expect(await read('/sandbox', theirs)).toContain('no test people yet');
  await as(theirs).get(`/sandbox/${id}`).expect(404);
  await as(theirs).get(`/sandbox/${id}/acts/remove`).expect(404);
  await act(id, 'remove', theirs).expect(404);
  await as(theirs).get(`/organisations/${elm.code}/sandbox/new`).expect(404);
  for (const person of [elm.sponsor, elm.receptionist]) {
    await as(person).get('/sandbox').expect(403);
    await as(person).get(`/sandbox/${id}`).expect(403);
    await act(id, 'suspend', person).expect(403);
  }
  const api = request(apiOf(service.deps));
  await api.get(`/v1/sandbox/${id}`).expect(401);
  await api.get(`/v1/sandbox/${id}`).set('X-Person', theirs).expect(404);
  const { body } = await api.get(`/v1/sandbox/${id}`).set('X-Person', noah).expect(200);
  expect(body).toMatchObject({
    id,
    isReady: true,
    secrets: { password: expect.any(String), app: { code: expect.stringMatching(/^\d{6}$/) } },
  });
});

test('the list is in pages and can be searched', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 27; n += 1) ids.push(await aTestPerson(service, noah, elm.code, { method: 'link', count: 0 }));
  const first = await text('/sandbox');
  expect(first).toContain('27 test people');
  expect(first.match(/href="\/sandbox\/[0-9a-f-]{36}"/g)).toHaveLength(25);
  const next = /href="(\/sandbox\?[^"]+)" rel="next"/.exec(first)![1]!.replaceAll('&amp;', '&');
  expect((await text(next)).match(/href="\/sandbox\/[0-9a-f-]{36}"/g)).toHaveLength(2);
  const { careId, familyName } = await em().findOneOrFail(PersonRow, { id: ids[3]! });
  expect(await read(`/sandbox?text=${careId}`)).toContain('1 test person found');
  expect(await text(`/sandbox?text=${encodeURIComponent(familyName.toLowerCase())}`)).toContain(careId.slice(0, 4));
  expect(await read('/sandbox?text=%25')).toContain('No test person is like this');
});

test('a maker has 50 at most, those removed not counted, and two at once are counted', async () => {
  const id = await aTestPerson(service, noah, elm.code, { method: 'link', count: 0 });
  await em().execute(
    `with more as (insert into person (id, care_id, state, family_name, date_of_birth, identity_assurance_level, organisation, created_at)
       select gen_random_uuid(), lpad((random() * 999999999999)::bigint::text, 12, '0'), 'active', 'Testmany', '1990-01-01', 3, :organisation, now()
       from generate_series(1, ${mostTestPeople - 2}) returning id)
     insert into sandbox_person (person, organisation, made_by, made_at, expires_at, names, method)
     select id, :organisation, :noah, now(), now() + interval '1 day', 'ordinary', 'link' from more`,
    { organisation: elm.code, noah },
  );
  const both = await Promise.all([make({ method: 'link' }), make({ method: 'link' })]);
  expect(both.map(({ status }) => status).toSorted()).toEqual([303, 409]);
  expect((await make({ method: 'link' })).text).toContain('You have 50 test people');
  await act(id, 'remove').expect(303);
  expect((await make({ method: 'link' })).status).toBe(303);
  expect((await make({ method: 'link' }, hana)).status).toBe(303);
});

test('the same form sent twice makes one', async () => {
  const key = randomUUID();
  const form = { key, names: 'ordinary', level: '3', method: 'link', roles: 'random', count: '2' };
  const send = () => as(noah).post(`/organisations/${elm.code}/sandbox`).type('form').send(form);
  const [one, other] = [await send(), await send()];
  expect(one.headers['location']).toBe(other.headers['location']);
  expect(await em().count(SandboxPersonRow, { madeBy: noah })).toBe(1);
});

test('ending a role, suspending, opening, closing, cancelling the card, keeping on: each by the real step, audited', async () => {
  const id = await made({ count: '2' });
  const [role] = (await shownOf(service, noah, id)).roles;
  await as(noah).post(`/sandbox/${id}/roles/end`).type('form').send({ key: randomUUID(), role: role!.id }).expect(303);
  expect((await shownOf(service, noah, id)).roles.map((each) => each.id)).not.toContain(role!.id);
  expect((await em().findOneOrFail(RoleProfileRow, { id: role!.id })).endsAt!.getTime()).toBeLessThanOrEqual(Date.now());
  await as(noah).post(`/sandbox/${id}/roles/end`).type('form').send({ key: randomUUID(), role: role!.id }).expect(404);

  const state = async () => (await em().findOneOrFail(PersonRow, { id })).state;
  for (const [step, after] of [
    ['suspend', 'suspended'],
    ['reopen', 'active'],
    ['close', 'closed'],
    ['reopen', 'active'],
  ] as const) {
    expect((await act(id, step)).headers['location']).toBe(`/sandbox/${id}?done=${step}`);
    expect(await state()).toBe(after);
  }
  await act(id, 'reopen').expect(409);
  expect(await read(`/sandbox/${id}/acts/cancel-card`)).toContain('The card is good for nothing afterwards');
  await act(id, 'cancel-card').expect(303);
  expect(await em().findOneOrFail(SmartcardRow, { person: id })).toMatchObject({ state: 'cancelled' });
  expect(await read(`/sandbox/${id}/acts/cancel-card`)).toContain('That is done already');
  await act(id, 'cancel-card').expect(409);
  await em().nativeUpdate(SandboxPersonRow, { person: id }, { expiresAt: new Date(Date.now() + 1000) });
  await act(id, 'keep-on').expect(303);
  expect((await em().findOneOrFail(SandboxPersonRow, { person: id })).expiresAt.getTime()).toBeGreaterThan(Date.now() + 29 * 86_400_000);
  expect(await audited(id)).toEqual(
    expect.arrayContaining(['sandbox-person.end-role', 'person.suspend', 'person.reopen', 'person.close', 'sandbox-person.cancel-card']),
  );
});

test('a link for a security key is shown, and a new one ends the one before', async () => {
  const id = await made({ method: 'link' });
  const link = (await shownOf(service, noah, id)).secrets.link!;
  expect(await read(`/sandbox/${id}`)).toContain(link);
  await act(id, 'new-link').expect(303);
  const after = (await shownOf(service, noah, id)).secrets.link!;
  expect(after).not.toBe(link);
  const links = await em().find(EnrolmentLinkRow, { person: id });
  expect(links.filter(({ expiresAt }) => expiresAt > new Date())).toHaveLength(1);
  await act(id, 'remove').expect(303);
  expect((await em().find(EnrolmentLinkRow, { person: id })).filter(({ expiresAt }) => expiresAt > new Date())).toHaveLength(0);
});

test('removed by themselves after their time: closed, card cancelled, secrets gone, no longer found', async () => {
  const id = await made({});
  const kept = await made({ method: 'link' });
  await em().nativeUpdate(SandboxPersonRow, { person: id }, { expiresAt: new Date(Date.now() - 1000) });
  const run = () =>
    service.deps.temporal.workflow.execute(retention, {
      taskQueue: service.deps.taskQueue,
      workflowId: `retention-${randomUUID()}`,
      args: [{ draftDays: 10_000, evidenceDays: 10_000, endedDays: 10_000 }],
    });
  expect(await run()).toBe(1);
  expect(await run()).toBe(0);
  expect(await em().findOneOrFail(PersonRow, { id })).toMatchObject({ state: 'closed' });
  expect(await em().findOneOrFail(SmartcardRow, { person: id })).toMatchObject({ state: 'cancelled' });
  expect(await em().findOneOrFail(SandboxPersonRow, { person: id })).toMatchObject({ sealed: null, removedAt: expect.any(Date) });
  await as(noah).get(`/sandbox/${id}`).expect(404);
  await as(noah).get(`/sandbox/${kept}`).expect(200);
  expect(await audited(id)).toContain('sandbox-person.remove');
});

test('the back office says that somebody is a test person, and begins no case for one', async () => {
  const id = await made({ roles: 'chosen', chosen: `${elm.code} R8000` });
  const person = await em().findOneOrFail(PersonRow, { id });
  const page = await read(`/people/${id}`, elm.agent);
  expect(page).toMatch(/Test person/);
  expect(page).not.toMatch(/Ask for a position|Issue a smartcard|Replace the smartcard|Register how they sign in/);
  const found = await as(elm.agent).post('/people/searches').type('form').send({ key: randomUUID(), text: person.careId }).expect(303);
  expect(await read(found.headers['location']!, elm.agent)).toContain('Test person');
  const real = await aPerson(service.orm, { organisation: elm.code });
  expect(await read(`/people/${real}`, elm.agent)).not.toMatch(/Test person/);
  const api = request(apiOf(service.deps));
  const start = (path: string, body: object) =>
    api.post(`/v1${path}`).set({ 'X-Person': elm.agent, 'Idempotency-Key': randomUUID() }).send(body);
  const days = { startsOn: '2027-01-01', why: 'To help' };
  await start(`/organisations/${elm.code}/card-issues`, { person: id }).expect(409, /test person/);
  await start(`/people/${id}/enrolments`, { witnessing: 'video' }).expect(409, /test person/);
  await start(`/organisations/${elm.code}/position-requests`, { beneficiary: id, position: elm.position, ...days }).expect(
    409,
    /test person/,
  );
});
