import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { CaseEndingRow } from '../../db/open-case/case-ending.ts';
import { OpenCaseRow } from '../../db/open-case/open-case.ts';
import { anOrganisation, endPositionsOf, type Organisation } from '../support/database.ts';
import { apiOf } from '../support/edges.ts';
import { type Service, startService, unreachableTemporal } from '../support/service.ts';

let service: Service;
let elm: Organisation;
let id: string;
beforeAll(async () => void (service = await startService()));
afterAll(() => service.stop());
beforeEach(async () => {
  service.hooks.beforeRecord = async () => {};
  elm = await anOrganisation(service.orm);
  const asked = { beneficiary: elm.beneficiary, position: elm.position, startsOn: '2026-12-01', why: 'New starter' };
  id = (await post(`/organisations/${elm.code}/position-requests`, asked, elm.agent).expect(200)).body.id;
});

const api = (changes: Partial<Service['deps']> = {}) => apiOf({ ...service.deps, ...changes });
const post = (path: string, body: object, person = elm.manager, key: string = randomUUID(), app = api()) =>
  request(app).post(`/v1${path}`).set('X-Person', person).set('Idempotency-Key', key).send(body);
const get = (path: string, person = elm.manager) => request(api()).get(`/v1${path}`).set('X-Person', person);
const page = () => `/open-cases/position-request/${id}`;
const isOpen = async () => (await service.orm.em.fork().count(OpenCaseRow, { id })) === 1;
const ending = { reason: 'no-longer-needed', words: 'Not joining' };

test('the board as JSON: cases with their health, counts, and a cursor', async () => {
  const { body } = await get('/open-cases').expect(200);
  expect(body).toMatchObject({ total: 1, next: null, counts: [{ kind: 'position-request', health: 'on-time', age: 0, n: 1 }] });
  expect(body.cases).toMatchObject([{ kind: 'position-request', id, organisation: elm.code, waitsFor: 'sponsor', health: 'on-time' }]);
  expect((await get('/open-cases?kind=renewal').expect(200)).body.total).toBe(0);
  await get('/open-cases?health=poorly').expect(400, /INVALID/);
  await get('/open-cases?after=rubbish').expect(400, /This page of the list is not there/);
  await get('/open-cases', elm.sponsor).expect(403, /NOT_PERMITTED/);
});

test('a case as JSON: story, names and what runs; another organisation’s is not there', async () => {
  const { body } = await get(page()).expect(200);
  expect(body).toMatchObject({ kind: 'position-request', id, mayAct: true, running: { is: 'running', pending: [] } });
  expect(body.story).toMatchObject([{ what: 'position-request.submit', who: elm.agent }]);
  expect(body.names[elm.agent]).toBe('Aisha Khan');
  await get(page(), (await anOrganisation(service.orm)).manager).expect(404, /NOT_FOUND/);
});

test('each act says first what it would do', async () => {
  expect((await get(`${page()}/retry`).expect(200)).body).toMatchObject({ activities: [], letters: [], away: false });
  const people = (await get(`${page()}/reminder`).expect(200)).body.people.map(({ id: person }: { id: string }) => person);
  expect(people.sort()).toEqual([elm.sponsor, elm.otherSponsor].sort());
  expect((await get(`${page()}/hand-over`).expect(200)).body.people).toHaveLength(2);
  expect((await get(`${page()}/end`).expect(200)).body).toMatchObject({
    needsTwo: false,
    would: expect.stringMatching(/without a position/),
  });
  await get(`${page()}/end`, elm.agent).expect(403);
});

test('the same key ends once, with the same answer; with another body it is refused', async () => {
  const key = randomUUID();
  const first = await post(`${page()}/end`, ending, elm.manager, key).expect(200);
  expect(first.body).toEqual({ kind: 'position-request', id });
  await service.over(id);
  expect(await isOpen()).toBe(false);
  await post(`${page()}/end`, ending).expect(409, /WRONG_STATE/);
  await post(`${page()}/reminder`, {}).expect(409, /This case is over/);
});

test('nobody ends what they may not, and nothing the schema does not name is taken', async () => {
  await post(`${page()}/end`, ending, elm.agent).expect(403);
  await post(`${page()}/end`, ending, elm.sponsor).expect(403);
  await post(`${page()}/end`, { ...ending, needsTwo: false }).expect(400);
  await post(`${page()}/end`, { ...ending, reason: 'bored' }).expect(400, /Select why the case is ended/);
  expect(await isOpen()).toBe(true);
});

test('a manager whose position ends before the workflow saves it is refused, and the case goes on', async () => {
  await service.orm.em.fork().nativeUpdate(OpenCaseRow, { id }, { holdsCard: true });
  await post(`${page()}/end`, ending).expect(200);
  const { id: asked } = await service.orm.em.fork().findOneOrFail(CaseEndingRow, { caseId: id });
  const other = (await anOrganisation(service.orm)).manager;
  await service.orm.em.fork().execute(`update role_profile set organisation = :trust where person = :other`, { trust: elm.trust, other });
  await endPositionsOf(service.orm, elm.manager);
  await post(`${page()}/endings/${asked}/agreement`, {}, other).expect(404);
  expect(await isOpen()).toBe(true);
  await post(`${page()}/endings/${randomUUID()}/agreement`, {}, other).expect(404);
});

test('with Temporal away nothing is claimed to be saved, and the same key ends it later', async () => {
  const key = randomUUID();
  const away = api({ temporal: unreachableTemporal(), answerWithinMs: 500 });
  await post(`${page()}/end`, ending, elm.manager, key, away).expect(503, /UNAVAILABLE/);
  await post(`${page()}/retry`, {}, elm.manager, randomUUID(), away).expect(503);
  expect(await isOpen()).toBe(true);
  await post(`${page()}/end`, ending, elm.manager, key).expect(200);
  await service.over(id);
});
