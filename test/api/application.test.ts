import request from 'supertest';
import { OpenCaseRow } from '../../db/open-case/open-case.ts';
import { aDraft, aSubmittedApplication } from '../support/application.ts';
import { anOrganisation, type Organisation } from '../support/database.ts';
import { apiOf } from '../support/edges.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let elm: Organisation;
beforeAll(async () => void (service = await startService()));
afterAll(() => service.stop());
beforeEach(async () => void (elm = await anOrganisation(service.orm)));

const api = () => request(apiOf(service.deps));
const get = (path: string, person: string) => api().get(`/v1${path}`).set('X-Person', person);
const post = (path: string, person: string, body: object = {}, key = 'k-1') =>
  api().post(`/v1${path}`).set('X-Person', person).set('Idempotency-Key', key).send(body);

const submitted = (changes: Parameters<typeof aDraft>[2] = {}) => aSubmittedApplication(service.deps, elm.code, changes);

test('an application is found, and the person said to be expected, with actions for whoever asks', async () => {
  const id = await submitted();
  const { body } = await get(`/applications/${id}`, elm.sponsor).expect(200);
  expect(body).toMatchObject({
    id,
    state: 'submitted',
    name: { given: 'Zoë', family: "O'Néill" },
    identity: null,
    actions: ['expect', 'decline'],
  });

  const saved = await post(`/applications/${id}/expectation`, elm.sponsor).expect(200);
  expect(saved.body).toMatchObject({ id, state: 'expected', changedBy: elm.sponsor });
  await post(`/applications/${id}/expectation`, elm.sponsor).expect(200, saved.body);
  const late = await post(`/applications/${id}/refusal`, elm.agent, { reason: 'unknown' }).expect(409);
  expect(late.body).toMatchObject({ code: 'WRONG_STATE', details: { state: 'expected', by: elm.sponsor } });
  expect(await service.orm.em.fork().findOne(OpenCaseRow, { id })).toMatchObject({ waitsFor: 'id-checker' });
});

test('the body names nothing but what is asked, and a write needs a key', async () => {
  const id = await submitted();
  await post(`/applications/${id}/expectation`, elm.sponsor, { organisation: elm.trust }).expect(400);
  await post(`/applications/${id}/refusal`, elm.sponsor, { reason: 'because' }).expect(400);
  await api().post(`/v1/applications/${id}/expectation`).set('X-Person', elm.sponsor).send({}).expect(400);
});

test('other organisations’ applications and ids that are no ids are 404', async () => {
  const id = await submitted();
  const other = await anOrganisation(service.orm);
  await get(`/applications/${id}`, other.agent).expect(404);
  await post(`/applications/${id}/expectation`, other.sponsor).expect(404);
  await get('/applications/1', elm.agent).expect(404);
  await post(`/organisations/${elm.code}/invitations`, other.sponsor, { email: 'a@example.org' }).expect(404);
});

test('a list pages by cursor: the longest waiting first, each once, drafts and other organisations never', async () => {
  const ids: string[] = [];
  for (let made = 0; made < 27; made++) ids.push(await submitted({ familyName: `Nr ${made}` }));
  await aDraft(service.orm, elm.code);
  const other = await anOrganisation(service.orm);
  await aSubmittedApplication(service.deps, other.code);

  const first = await get('/applications', elm.agent).expect(200);
  expect(first.body.counts).toEqual({ submitted: 27 });
  expect(first.body.applications).toHaveLength(25);
  const second = await get(`/applications?after=${first.body.next}`, elm.agent).expect(200);
  const listed = [...first.body.applications, ...second.body.applications] as Array<{ id: string }>;
  expect(listed.map(({ id }) => id)).toEqual(ids);
  expect(second.body.next).toBeNull();
  await get('/applications?after=nonsense', elm.agent).expect(200);
  await get('/applications?state=draft', elm.agent).expect(400);
  expect((await get('/applications?state=expected', elm.agent).expect(200)).body.applications).toEqual([]);
  expect((await get(`/applications?organisation=${other.code}`, elm.agent).expect(200)).body.applications).toEqual([]);
});

test('an invitation, the link of an organisation, and where the caller may invite', async () => {
  const { body } = await post(`/organisations/${elm.code}/invitations`, elm.sponsor, { email: 'zoe@example.org' }).expect(200);
  expect(Object.keys(body)).toEqual(['id', 'expiresAt']);
  await post(`/organisations/${elm.code}/employer-link`, elm.sponsor).expect(200, { organisation: elm.code });
  const shown = await get(`/organisations/${elm.code}/invitations`, elm.sponsor).expect(200);
  expect(shown.body).toMatchObject({
    employerLink: expect.stringMatching(/^\/apply\/invitation\/[\w-]{43}$/),
    invitations: [{ id: body.id }],
  });
  const where = await get('/invitations/organisations', elm.agent).expect(200);
  expect(where.body.organisations.map(({ code }: { code: string }) => code).toSorted()).toEqual([elm.code, elm.trust].toSorted());
  await get(`/organisations/${elm.code}/invitations`, elm.beneficiary).expect(404);
});
