import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { ApplicationRow } from '../../db/application/application.ts';
import { DocumentRow } from '../../db/application/evidence.ts';
import { PersonRow } from '../../db/person/person.ts';
import { anOrganisation, aPerson, type Organisation } from '../support/database.ts';
import { apiOf } from '../support/edges.ts';
import { anExpectedApplication, atWork } from '../support/identity-check.ts';
import { type Service, startService, unreachableTemporal } from '../support/service.ts';

let service: Service;
let elm: Organisation;
beforeAll(async () => void (service = await startService()));
afterAll(() => service.stop());
beforeEach(async () => {
  Object.assign(service.fraud, { own: [], independent: [], asked: [], isAway: false });
  elm = await anOrganisation(service.orm);
});

const api = (changes: Partial<Service['deps']> = {}) => apiOf({ ...service.deps, ...changes });
const post = (path: string, body: object = {}, { as = elm.receptionist, key = String(randomUUID()), app = api() } = {}) =>
  request(app).post(`/v1/identity-checks${path}`).set('X-Person', as).set('Idempotency-Key', key).send(body);
const get = (path: string, as = elm.receptionist) => request(api()).get(`/v1/identity-checks${path}`).set('X-Person', as);

test('what pages can do, a program can: queue, take, answer, see the outcome, decide', async () => {
  const id = await anExpectedApplication(service, elm, { types: ['pass-card'] });
  expect((await get('').expect(200)).body).toMatchObject({ view: 'waiting', checks: [{ id, takenBy: null }], counts: { waiting: 1 } });
  expect((await post('/next').expect(200)).body).toEqual({ id });
  await post(`/${id}/declaration`, { declaration: 'unrelated', trained: 'yes' }).expect(200);
  const { body } = await get(`/${id}`).expect(200);
  const [document] = body.documents;
  expect(body).toMatchObject({ isMine: true, isOpen: true, next: `documents/${document.id}` });

  const found = { seen: 'upload-only', number: document.number, printedOn: document.expiresOn, looksGenuine: true, detailsAgree: true };
  expect((await post(`/${id}/documents/${document.id}/answer`, found).expect(200)).body).toEqual({ id, next: 'face' });
  expect((await get(`/${id}/outcome`).expect(200)).body.outcome).toMatchObject({
    level: 0,
    obstacles: expect.any(Array),
    ways: expect.any(Array),
  });
  const { body: refused } = await post(`/${id}/decision`, { decision: 'verify' }).expect(409);
  expect(refused).toMatchObject({ code: 'WRONG_STATE', title: expect.stringContaining('This identity cannot be verified') });
  const key = randomUUID();
  const asked = await post(`/${id}/decision`, { decision: 'ask-more', asks: ['address-document'] }, { key }).expect(200);
  expect(asked.body).toMatchObject({ id, state: 'more-needed' });
  expect((await post(`/${id}/decision`, { decision: 'ask-more', asks: ['address-document'] }, { key }).expect(200)).body).toEqual(
    asked.body,
  );
  await post(`/${id}/decision`, { decision: 'ask-more', asks: ['own-photograph'] }, { key }).expect(422);
  expect((await get(`/${id}/decided`).expect(200)).body).toMatchObject({ decision: 'ask-more', asks: ['address-document'], care: null });
  expect((await get('?view=done').expect(200)).body.decisions).toMatchObject([
    { application: id, decision: 'ask-more', checker: elm.receptionist },
  ]);
});

test('an answer that makes no sense is 400, somebody else’s organisation 404, a sponsor 403', async () => {
  const id = await anExpectedApplication(service, elm, { types: ['pass-card'] });
  const work = atWork(service, elm.receptionist, id);
  await work.take();
  await work.declare();
  const [document] = await work.documents();
  const { body } = await post(`/${id}/documents/${document!.id}/answer`, { seen: 'by post', level: 3 }).expect(400);
  expect(body.errors.map(({ field }: { field: string }) => field)).toEqual(
    expect.arrayContaining(['seen', 'looksGenuine', 'detailsAgree']),
  );
  const found = { seen: 'in-person', number: 'WRONG', printedOn: document!.expiresOn, looksGenuine: true, detailsAgree: true };
  expect((await post(`/${id}/documents/${document!.id}/answer`, found).expect(400)).body).toMatchObject({
    code: 'INVALID',
    details: { number: 'differs' },
  });
  await post(`/${id}/documents/${document!.id}/answer`, { ...found, sure: true }).expect(200);
  await post(`/${id}/face`, { against: document!.id, method: 'biometric-chip', document: 'same', cardPhotograph: 'same' }).expect(400);
  await post(`/${id}/documents/${randomUUID()}/answer`, { ...found, sure: true }).expect(404);
  await post(`/${id}/duplicates/person/${elm.sponsor}/answer`, { is: 'same' }).expect(404);
  await post(`/${id}/activity`, { shown: [{ kind: 'bank', from: '2026-02-30', to: '2026-03-01' }] }).expect(400);
  await post(`/${id}/decision`, { decision: 'refuse', reason: 'not-enough' }).expect(400);
  await post(`/${id}/decision`, { decision: 'ask-more' }).expect(400);
  const oak = await anOrganisation(service.orm);
  for (const path of [`/${id}`, `/${id}/outcome`, `/${id}/fraud`, `/${id}/documents/${document!.id}`]) {
    await get(path, oak.receptionist).expect(404);
    await get(path, elm.sponsor).expect(403);
  }
  await post(`/${id}/take`, {}, { as: elm.sponsor }).expect(403);
  await post('/next', {}, { as: elm.sponsor }).expect(403);
  await get('/abc').expect(404);
});

test('nothing of the evidence is shown before a check is theirs and they said that they do not know the person, nor after they said they do', async () => {
  const number = 'CE391746B';
  const twin = await aPerson(service.orm, {
    named: 'Zoë O’Néill',
    organisation: (await anOrganisation(service.orm)).code,
    nationalInsuranceNumber: number,
  });
  await service.orm.em.fork().nativeUpdate(PersonRow, { id: twin }, { email: 'hidden.record@example.org', mobile: '07700900987' });
  const id = await anExpectedApplication(service, elm, { types: ['pass-card'], nationalInsuranceNumber: number });
  const row = await service.orm.em.fork().findOneOrFail(ApplicationRow, { id });
  const [document] = await service.orm.em.fork().find(DocumentRow, { application: id });
  const paths = ['', `/documents/${document!.id}`, `/duplicates/person/${twin}`, '/fraud', '/outcome'];
  const secrets = [number, row.email!, row.mobile!, document!.number!, 'hidden.record@example.org', '07700900987'];
  const opensBy = async () => (await get(`/${id}/outcome`).expect(200)).body.opensBy;
  const shown = async () => JSON.stringify(await Promise.all(paths.map(async (path) => (await get(`/${id}${path}`).expect(200)).body)));
  const nothing = async () => {
    const text = await shown();
    for (const secret of [...secrets, 'candidates', 'outcome', 'lines']) expect(text).not.toContain(secret);
  };
  await nothing();
  expect(await opensBy()).toBe('take');
  await post(`/${id}/take`).expect(200);
  await nothing();
  expect(await opensBy()).toBe('declare');
  await post(`/${id}/declaration`, { declaration: 'unrelated', trained: 'yes' }).expect(200);
  const open = await shown();
  expect(open).toContain(document!.number!);
  expect(open).toContain('•••'); // of the record, only whether it is the same
  for (const secret of ['hidden.record@example.org', '07700900987']) expect(open).not.toContain(secret);

  await post(`/${id}/release`).expect(200);
  await nothing();
  await post(`/${id}/take`).expect(200);
  await post(`/${id}/declaration`, { declaration: 'knows', trained: 'yes' }).expect(200);
  await nothing();
  expect(await opensBy()).toBeNull();
});

test('with Temporal out of reach nothing is decided, and the same key decides once it is back', async () => {
  const id = await anExpectedApplication(service, elm, { types: ['pass-card'] });
  const work = atWork(service, elm.receptionist, id);
  await work.take();
  await work.declare();
  const key = randomUUID();
  const body = { decision: 'refuse', reason: 'did-not-come', text: 'Twice' };
  await post(`/${id}/decision`, body, { key, app: api({ temporal: unreachableTemporal(), answerWithinMs: 500 }) }).expect(503);
  expect((await get(`/${id}`).expect(200)).body.state).toBe('checking');
  expect((await post(`/${id}/decision`, body, { key }).expect(200)).body).toMatchObject({ state: 'refused' });
});

test('the description of the API names every task with what it takes', async () => {
  const { body } = await request(api()).get('/v1/openapi.json').expect(200);
  const decision = body.paths['/identity-checks/{id}/decision'].post.requestBody.content['application/json'].schema;
  expect(decision.properties).toMatchObject({ decision: { enum: ['verify', 'ask-more', 'refuse'] } });
  expect(decision.properties).not.toHaveProperty('level');
  const tasks = ['documents/{document}/answer', 'face', 'address', 'activity', 'duplicates/{kind}/{other}/answer', 'fraud/questions'];
  for (const task of tasks) expect(body.paths[`/identity-checks/{id}/${task}`].post).toHaveProperty('requestBody');
});
