/** Professional memberships by the API: who may, what is said to whom, and that one key acts once. */
import { randomUUID } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import request from 'supertest';
import type { Deps } from '../../commands/deps.ts';
import { AuditRow } from '../../db/audit.ts';
import { PersonRow } from '../../db/person/person.ts';
import { ProfessionalMembershipRow } from '../../db/person/professional-membership.ts';
import { anOrganisation, aPerson, aRoleProfile, databaseOfThisWorker, endPositionsOf, type Organisation } from '../support/database.ts';
import { inDays } from '../support/days.ts';
import { apiOf } from '../support/edges.ts';
import { aGmcNumber, aMembership } from '../support/professional-membership.ts';

let orm: MikroORM;
let elm: Organisation;
beforeAll(async () => void (orm = await databaseOfThisWorker()));
afterAll(() => orm.close());
beforeEach(async () => void (elm = await anOrganisation(orm)));

// Nothing here reaches a workflow.
const api = () => apiOf({ orm, answerWithinMs: 1000 } as unknown as Deps);
const path = (rest = '', person = elm.beneficiary) => `/v1/people/${person}/professional-memberships${rest}`;
const get = (to: string, by = elm.agent) => request(api()).get(to).set('X-Person', by);
const post = (to: string, body: object, by = elm.agent, key: string = randomUUID()) =>
  request(api()).post(to).set('X-Person', by).set('Idempotency-Key', key).send(body);
const doctor = (number = aGmcNumber(), changes: object = {}) => ({ body: 'gmc', number, since: '2020-01-01', ...changes });
const recorded = (number = aGmcNumber()) =>
  aMembership(orm, { person: elm.beneficiary, by: elm.agent, organisation: elm.code, body: 'gmc', number });

test('one is recorded, found in the register and ended, each once however often a key is sent', async () => {
  const [number, key] = [aGmcNumber(), randomUUID()];
  const { body } = await post(path(), doctor(number), elm.agent, key).expect(200);
  expect((await post(path(), doctor(number), elm.agent, key).expect(200)).body).toEqual(body);
  await post(path(), doctor(), elm.agent, key).expect(422, /KEY_REUSED/);
  const listed = async () => (await get(path()).expect(200)).body.memberships;
  expect(await listed()).toMatchObject([
    {
      id: body.id,
      body: 'gmc',
      number,
      numberWords: 'GMC reference number',
      standing: 'unchecked',
      isTold: false,
      recordedByName: 'Aisha Khan',
    },
  ]);
  await post(path(`/${body.id}/check`), { until: inDays(30) }).expect(400, /Say that you found this number/);
  await post(path(`/${body.id}/check`), { found: 'yes', until: inDays(-1) }).expect(400, /must be today or later/);
  await post(path(`/${body.id}/check`), { found: 'yes', until: inDays(30) }, elm.manager).expect(200);
  expect(await listed()).toMatchObject([{ standing: 'live', isTold: true, until: inDays(30), checkedByName: 'Mary Okafor' }]);
  await post(path(`/${body.id}/end`), { reason: 'because' }).expect(400, /Select a reason/);
  await post(path(`/${body.id}/end`), { reason: 'replaced' }).expect(200, { id: body.id, person: elm.beneficiary, ended: ['gmc'] });
  await post(path(`/${body.id}/end`), { reason: 'replaced' }).expect(409, /WRONG_STATE/);
  expect(await listed()).toMatchObject([{ standing: 'ended', isTold: false, endedByName: 'Aisha Khan' }]);
  const audit = await orm.em.fork().find(AuditRow, { subjectId: elm.beneficiary, what: { $like: 'professional-membership.%' } });
  expect(audit.map(({ what, who, via }) => [what, who, via]).sort()).toEqual([
    ['professional-membership.add', elm.agent, 'api'],
    ['professional-membership.check', elm.manager, 'api'],
    ['professional-membership.end', elm.agent, 'api'],
  ]);
});

test.each<[string, object, RegExp]>([
  ['no register', { body: undefined }, /"field":"body","text":"Select a register"/],
  ['a register that is none', { body: 'bma' }, /Select a register/],
  ['no number', { number: undefined }, /Enter the number/],
  ['a number of another form', { number: '123' }, /Enter the GMC reference number: 7 digits, like 0000000/],
  ['no first day', { since: undefined }, /Enter the first day of the registration/],
  ['a first day that is none', { since: '2020-02-30' }, /must be a real date/],
  ['a first day to come', { since: inDays(1) }, /must be today or earlier/],
  ['a last day that has passed', { until: inDays(-1) }, /must be today or later/],
  ['what hangs on a number that is not there', { body: 'gmp', number: 'G0000000' }, /Record their GMC reference number first/],
  ['who recorded it', { recordedBy: randomUUID() }, /recordedBy/],
  ['that it was checked', { checkedAt: '2026-01-01' }, /checkedAt/],
])('%s is refused, and what to do is said', async (_what, changes, words) => {
  await post(path(), doctor(aGmcNumber(), changes)).expect(400, words);
  expect((await get(path()).expect(200)).body.memberships).toEqual([]);
});

test('RA agents and managers of an organisation of the person, and nobody else; other organisations look empty', async () => {
  const oak = await anOrganisation(orm);
  const id = await recorded();
  const one = { reason: 'mistake' };
  for (const by of [elm.sponsor, elm.receptionist]) {
    await get(path(), by).expect(403, /Only an RA manager or an RA agent of Elm Surgery can see professional memberships/);
    await post(path(), doctor(), by).expect(403, /NOT_PERMITTED/);
    await post(path(`/${id}/check`), { found: 'yes' }, by).expect(403);
    await post(path(`/${id}/end`), one, by).expect(403);
  }
  for (const by of [oak.agent, oak.manager]) {
    const [theirs, nobodys] = [await get(path(), by).expect(404), await get(path('', randomUUID()), by).expect(404)];
    expect(theirs.body).toEqual(nobodys.body);
    await post(path(), doctor(), by).expect(404);
    await get(path(`/${id}`), by).expect(404);
    await post(path(`/${id}/check`), { found: 'yes' }, by).expect(404);
    await post(path(`/${id}/end`), one, by).expect(404);
  }
  await aRoleProfile(orm, { person: elm.beneficiary, organisation: oak.code, jobRole: 'R8000' });
  await get(path(), oak.agent).expect(200); // now theirs too
  await endPositionsOf(orm, elm.agent);
  await post(path(`/${id}/end`), one).expect(404);
  await post(path(`/${id}/end`), one, oak.manager).expect(200);
});

test('one sees one’s own and changes nothing of them, whatever one’s roles', async () => {
  const id = await recorded();
  expect((await get(path(), elm.beneficiary).expect(200)).body).toMatchObject({ memberships: [{ id }], mayChange: false });
  expect((await get('/v1/me', elm.beneficiary).expect(200)).body).toMatchObject({ memberships: [{ id, isTold: true }] });
  await post(path(), doctor(), elm.beneficiary).expect(404);
  await post(path('', elm.agent), doctor()).expect(403, /SAME_PERSON/);
  await get(path('/new', elm.agent)).expect(403, /SAME_PERSON/);
  const own = await aMembership(orm, { person: elm.agent, by: elm.manager, organisation: elm.trust, body: 'gmc', number: aGmcNumber() });
  await get(path(`/${own}`, elm.agent)).expect(403, /SAME_PERSON/);
  await post(path(`/${own}/check`, elm.agent), { found: 'yes' }).expect(403, /You cannot change your own professional memberships/);
  await post(path(`/${own}/end`, elm.agent), { reason: 'mistake' }).expect(403, /SAME_PERSON/);
});

test('whose number it is, is said to those alone who may see that person', async () => {
  const number = aGmcNumber();
  await recorded(number);
  const [oak, here] = [await anOrganisation(orm), await aPerson(orm, { named: 'Cara Lee', organisation: elm.code })];
  const { careId } = await orm.em.fork().findOneOrFail(PersonRow, { id: elm.beneficiary });

  const seen = (await post(path('', here), doctor(number)).expect(400)).body;
  expect(seen).toMatchObject({
    title: expect.stringContaining(`Ben Adeyemi (Care ID ${careId})`),
    details: { number: 'taken', person: elm.beneficiary },
  });

  const unseen = await post(path('', oak.beneficiary), doctor(number), oak.agent).expect(400);
  expect(unseen.body).toMatchObject({
    code: 'INVALID',
    title: expect.stringContaining('recorded for somebody else'),
    details: { number: 'taken' },
  });
  for (const secret of ['Adeyemi', careId, elm.beneficiary, elm.code]) expect(unseen.text).not.toContain(secret);
});

test('a membership is found below its own person only', async () => {
  const id = await recorded();
  const other = await aPerson(orm, { organisation: elm.code });
  await get(path(`/${id}`)).expect(200);
  await get(path(`/${id}`, other)).expect(404);
  await post(path(`/${id}/check`, other), { found: 'yes' }).expect(404);
  await post(path(`/${id}/end`, other), { reason: 'mistake' }).expect(404);
});

test('the form offers the registers that are free, and the page of one says what ends with it', async () => {
  const number = aGmcNumber();
  const id = await recorded(number);
  const offered = async () => (await get(path('/new')).expect(200)).body.bodies.map(({ body }: { body: string }) => body);
  expect(await offered()).toEqual(['nmc', 'gdc', 'gphc', 'gmp', 'gdp', 'consultant', 'rcn']);
  await post(path(), { body: 'consultant', number: `c ${number}`, since: '2020-01-01' }).expect(200);
  expect((await get(path(`/${id}`)).expect(200)).body).toMatchObject({ number, standing: 'live', endsWithIt: ['consultant code'] });
  expect(await offered()).not.toContain('consultant');
});

test('those to be looked up: unchecked, run out or about to, the longest due first, a page at a time; nobody’s own', async () => {
  const due = async (query = '', by = elm.agent) => (await get(`/v1/professional-memberships${query}`, by).expect(200)).body;
  expect(await due()).toMatchObject({ count: 0, memberships: [], next: null, organisations: [{ code: elm.code }, { code: elm.trust }] });
  const hold = async (named: string, until: string | null, { checked = true, organisation = elm.code } = {}) => {
    const person = await aPerson(orm, { named, organisation });
    const id = await aMembership(orm, { person, by: elm.agent, organisation, body: 'gmc', number: aGmcNumber(), checked });
    await orm.em.fork().nativeUpdate(ProfessionalMembershipRow, { id }, { until });
    return person;
  };
  await hold('Late One', inDays(-20));
  await hold('Soon Two', inDays(30));
  await hold('New Three', null, { checked: false, organisation: elm.trust });
  await hold('Good Four', inDays(31));
  await hold('Good Five', null);
  const closed = await hold('Closed Six', inDays(-1));
  await orm.em.fork().nativeUpdate(PersonRow, { id: closed }, { state: 'closed' });
  await aMembership(orm, {
    person: elm.agent,
    by: elm.manager,
    organisation: elm.trust,
    body: 'gmc',
    number: aGmcNumber(),
    checked: false,
  });

  const { count, memberships } = await due();
  expect(count).toBe(3);
  expect(memberships.map((each: { personName: string; standing: string }) => [each.personName, each.standing])).toEqual([
    ['Late One', 'lapsed'],
    ['New Three', 'unchecked'],
    ['Soon Two', 'live'],
  ]);
  for (const each of memberships) expect(each).not.toHaveProperty('number');
  expect((await due('', elm.manager)).count).toBe(4); // with the agent's
  expect((await due(`?organisation=${elm.trust}`)).memberships).toMatchObject([{ personName: 'New Three', organisationName: 'Elm Trust' }]);
  expect(await due('?organisation=RZ9')).toMatchObject({ count: 0 });
  const oak = await anOrganisation(orm);
  expect(await due('', oak.agent)).toMatchObject({ count: 0 });
  await get('/v1/professional-memberships', elm.sponsor).expect(403, /None of your positions lets you change professional memberships/);

  for (let n = 0; n < 24; n += 1) await hold(`Row ${n}`, inDays(-30));
  const first = await due();
  expect([first.count, first.memberships.length]).toEqual([27, 25]);
  const second = await due(`?after=${first.next}`);
  expect(second.memberships.map(({ personName }: { personName: string }) => personName)).toEqual(['New Three', 'Soon Two']);
  expect(second.next).toBeNull();
});
