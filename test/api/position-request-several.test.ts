import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { AuditRow } from '../../db/audit.ts';
import { PositionRequestRow } from '../../db/position-request/position-request.ts';
import { anOrganisation, aPerson, aRoleProfile, type Organisation } from '../support/database.ts';
import { inDays } from '../support/days.ts';
import { apiOf } from '../support/edges.ts';
import { eventually } from '../support/eventually.ts';
import { type Service, startService, unreachableTemporal } from '../support/service.ts';

let service: Service;
let elm: Organisation;
beforeAll(async () => void (service = await startService()));
afterAll(() => service.stop());
beforeEach(async () => {
  service.hooks.beforeRecord = async () => {};
  elm = await anOrganisation(service.orm);
});

const api = (changes: Partial<Service['deps']> = {}) => apiOf({ ...service.deps, ...changes });
const get = (path: string, person = elm.sponsor) => request(api()).get(`/v1${path}`).set('X-Person', person);
const post = (path: string, body: object, person = elm.sponsor, key: string = randomUUID(), app = api()) =>
  request(app).post(`/v1${path}`).set('X-Person', person).set('Idempotency-Key', key).send(body);
const submitted = async (of = elm, asker = of.agent): Promise<string> => {
  const asked = { beneficiary: of.beneficiary, position: of.position, startsOn: inDays(1), why: 'Front desk' };
  return (await post(`/organisations/${of.code}/position-requests`, asked, asker).expect(200)).body.id;
};
const together = '/position-requests/decisions';
const outcomes = async (batch: string): Promise<string[]> =>
  (await get(`${together}/${batch}`).expect(200)).body.lines.map(({ outcome }: { outcome: string }) => outcome);
const stateOf = async (id: string) => (await service.orm.em.fork().findOneOrFail(PositionRequestRow, { id })).state;

test('each of several is decided by itself: what cannot be is refused, and says why; the rest is saved, once', async () => {
  const oak = await anOrganisation(service.orm);
  const [one, decided, two, other] = [await submitted(), await submitted(), await submitted(), await submitted(oak)];
  await post(`/position-requests/${decided}/decision`, { decision: 'approve' }, elm.otherSponsor).expect(200);
  const body = { request: [one, decided, two, other], decision: 'reject', text: 'No post is free' };
  const key = randomUUID();

  const first = await post(together, body, elm.sponsor, key).expect(200);
  expect((await post(together, body, elm.sponsor, key).expect(200)).body).toEqual(first.body);
  await post(together, { ...body, decision: 'send-back' }, elm.sponsor, key).expect(422);

  const { body: came } = await get(`${together}/${first.body.id}`).expect(200);
  expect(came.lines).toMatchObject([
    { id: one, outcome: 'saved' },
    { id: decided, outcome: 'refused', code: 'WRONG_STATE', message: 'This request is already approved' },
    { id: two, outcome: 'saved' },
    { id: other, outcome: 'refused', code: 'NOT_FOUND', request: null },
  ]);
  expect(await Promise.all([one, decided, two, other].map(stateOf))).toEqual(['rejected', 'approved', 'rejected', 'submitted']);
  for (const id of [one, two])
    expect(await service.orm.em.fork().count(AuditRow, { subjectId: id, what: 'position-request.reject' })).toBe(1);
  await get(`${together}/${first.body.id}`, elm.otherSponsor).expect(404);
});

test('those still saving are asked after, and decided once', async () => {
  const ids = [await submitted(), await submitted()];
  const waiting: Array<() => void> = [];
  service.hooks.beforeRecord = () => new Promise((resolve) => void waiting.push(resolve));
  const slow = api({ answerWithinMs: 1500 });
  const { body } = await post(together, { request: ids, decision: 'approve' }, elm.sponsor, randomUUID(), slow).expect(200);
  expect(await outcomes(body.id)).toEqual(['saving', 'saving']);

  service.hooks.beforeRecord = async () => {};
  for (const go of waiting) go();
  await post(`${together}/${body.id}/again`, {}).expect(200);
  expect(await outcomes(body.id)).toEqual(['saved', 'saved']);
  for (const id of ids) expect(await service.orm.em.fork().count(AuditRow, { subjectId: id, what: 'position-request.approve' })).toBe(1);
});

test('with Temporal out of reach none is saved, all are kept, and trying again saves them', async () => {
  const ids = [await submitted(), await submitted()];
  const away = api({ temporal: unreachableTemporal(), answerWithinMs: 500 });
  const { body } = await post(
    together,
    { request: ids, decision: 'send-back', text: 'Which ward?' },
    elm.sponsor,
    randomUUID(),
    away,
  ).expect(200);
  expect(await outcomes(body.id)).toEqual(['not-saved', 'not-saved']);
  await post(`${together}/${body.id}/again`, {}).expect(200);
  expect(await outcomes(body.id)).toEqual(['saved', 'saved']);
  expect(await Promise.all(ids.map(stateOf))).toEqual(['sent-back', 'sent-back']);
  await post(`${together}/${body.id}/again`, {}, elm.otherSponsor).expect(404);
});

test.each([
  ['none', () => ({ request: [], decision: 'approve' }), /Select the requests to decide/],
  ['what is no id', () => ({ request: ['x'], decision: 'approve' }), /INVALID/],
  ['too many', () => ({ request: Array.from({ length: 51 }, () => randomUUID()), decision: 'approve' }), /Select 50 requests or fewer/],
  ['no reason', () => ({ request: [randomUUID()], decision: 'reject' }), /Enter why you reject the request/],
])('%s is refused as a whole', async (_what, body, message) => {
  await post(together, body()).expect(400, message);
});

test('the list of a sponsor holds what they could decide, the longest waiting first, and nothing else', async () => {
  const [one, two] = [await submitted(), await submitted()];
  await aRoleProfile(service.orm, { person: elm.agent, organisation: elm.code, jobRole: 'R8011', activities: ['B1300'] });
  const idsFor = async (person: string, query = '') =>
    (await get(`/position-requests${query}`, person).expect(200)).body.requests.map(({ id }: { id: string }) => id);

  expect(await idsFor(elm.sponsor)).toEqual([one, two]);
  expect(await idsFor(elm.agent)).toEqual([]);
  expect(await idsFor(elm.agent, '?view=yours')).toEqual([two, one]);
  expect(await idsFor(elm.trustSponsor)).toEqual([]);
  expect(await idsFor(elm.sponsor, '?view=closed')).toEqual([]);
  expect(await idsFor(elm.sponsor, '?late=yes')).toEqual([]);
  await service.orm.em.fork().nativeUpdate(PositionRequestRow, { id: two }, { dueAt: new Date(Date.now() - 1000) });
  expect(await idsFor(elm.sponsor, '?late=yes')).toEqual([two]);
  await get('/position-requests', elm.receptionist).expect(403, /None of your positions/);

  const { body } = await get('/position-requests').expect(200);
  expect(body).toMatchObject({ view: 'to-decide', views: ['to-decide', 'open', 'closed'], count: 2, next: null });
  expect(body.requests[0]).toMatchObject({
    beneficiaryName: 'Ben Adeyemi',
    askerName: 'Aisha Khan',
    positionWords: 'Books appointments and sees summary health records',
    why: 'Front desk',
  });
});

test('a long list comes in pages, each request once', async () => {
  const others = await Promise.all(Array.from({ length: 23 }, () => aPerson(service.orm, { organisation: elm.code })));
  for (const beneficiary of others) await submitted({ ...elm, beneficiary });
  const first = (await get('/position-requests').expect(200)).body;
  const second = (await get(`/position-requests?after=${first.next}`).expect(200)).body;
  expect([first.requests.length, second.requests.length, first.count, second.next]).toEqual([20, 3, 23, null]);
  expect(new Set([...first.requests, ...second.requests].map(({ id }: { id: string }) => id)).size).toBe(23);
}, 60_000);

test('a request shows what it gives, who has taken it on and what happened, with the words people wrote', async () => {
  const id = await submitted();
  await post(`/position-requests/${id}/claim`, {}, elm.otherSponsor).expect(200);
  await post(`/position-requests/${id}/decision`, { decision: 'send-back', text: 'Which ward?' }).expect(200);
  await eventually(async () => {
    const { body } = await get(`/position-requests/${id}`, elm.agent).expect(200);
    expect(body).toMatchObject({
      state: 'sent-back',
      why: 'Front desk',
      takenByName: 'Owen Price',
      actions: ['resubmit', 'withdraw'],
      story: [
        { what: 'position-request.submit', whoName: 'Aisha Khan', words: 'Front desk' },
        { what: 'position-request.claim', whoName: 'Owen Price', words: null },
        { what: 'position-request.send-back', whoName: 'Siân O’Brien', words: 'Which ward?' },
      ],
    });
  });
});
