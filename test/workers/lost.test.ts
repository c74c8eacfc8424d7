/** Cases whose workflow Temporal no longer knows, as after its database was emptied: begun again from the tables, or ended. */
import { randomUUID } from 'node:crypto';
import request from 'supertest';
import { openCaseSweepActivities } from '../../activities/open-case-sweep.ts';
import { createRunningWorkflows } from '../../adapters/running-workflows.ts';
import { submit as submitRequest } from '../../commands/position-request.ts';
import { ApplicationRow } from '../../db/application/application.ts';
import { AuditRow } from '../../db/audit.ts';
import { CaseEndingRow } from '../../db/open-case/case-ending.ts';
import { MailRow } from '../../db/mail/mail.ts';
import { OpenCaseRow } from '../../db/open-case/open-case.ts';
import { PositionRequestRow } from '../../db/position-request/position-request.ts';
import { PrintJobRow } from '../../db/smartcard/print-job.ts';
import { RenewalRow } from '../../db/smartcard/renewal.ts';
import { SmartcardRow } from '../../db/smartcard/smartcard.ts';
import { MockActivityEnvironment } from '@temporalio/testing';
import { aSubmittedApplication } from '../support/application.ts';
import { cardDesk, until } from '../support/card-issue.ts';
import { anOrganisation, aPerson, aRoleProfile, type Organisation } from '../support/database.ts';
import { apiOf, keyIn, webAs } from '../support/edges.ts';
import { startServiceOnRealTemporal } from '../support/real-temporal.ts';
import { endsInDays, openedFor, sweep } from '../support/renewal.ts';

let service: Awaited<ReturnType<typeof startServiceOnRealTemporal>>;
let elm: Organisation;
let secondManager: string;
beforeAll(async () => void (service = await startServiceOnRealTemporal()), 60_000);
afterAll(() => service.stop());
beforeEach(async () => {
  service.hooks.instead = { printCard: async () => 'printed' };
  elm = await anOrganisation(service.orm);
  secondManager = await aPerson(service.orm, { named: 'Meera Nair', organisation: elm.trust });
  await aRoleProfile(service.orm, { person: secondManager, organisation: elm.trust, jobRole: 'R5080' });
});

const em = () => service.orm.em.fork();
const temporal = () => service.deps.temporal;
const post = (path: string, body: object = {}, { as = elm.manager, key = String(randomUUID()) } = {}) =>
  request(apiOf(service.deps)).post(`/v1${path}`).set('X-Person', as).set('Idempotency-Key', key).send(body);
const get = (path: string, as = elm.manager) => request(apiOf(service.deps)).get(`/v1${path}`).set('X-Person', as);
const read = async (path: string) => (await request(webAs(service.deps, elm.manager)).get(path).expect(200)).text;
const caseOf = (id: string) => em().findOne(OpenCaseRow, { id });
const recordsOf = async (id: string, what: string) => em().count(AuditRow, { caseId: { $like: `%/${id}` }, what });
const ending = { reason: 'stuck', words: 'Temporal was emptied' };

/** As when Temporal's database is lost: the workflow is not there, and never was. */
async function lose(kind: string, id: string): Promise<void> {
  const { namespace } = temporal().options;
  await temporal().workflowService.deleteWorkflowExecution({ namespace, workflowExecution: { workflowId: `${kind}/${id}` } });
  await until(async () => (await get(`/open-cases/${kind}/${id}`)).body.running.is === 'none');
}

async function aRequest(): Promise<string> {
  const asked = { beneficiary: elm.beneficiary, position: elm.position, startsOn: '2099-12-01', why: 'New starter' };
  const by = { kind: 'person' as const, id: elm.agent, via: 'api' as const, key: randomUUID() };
  const outcome = await submitRequest.perform(service.deps, by, { organisation: elm.code }, asked);
  if (outcome.is !== 'saved') throw new Error(outcome.is);
  return outcome.answer.id;
}

test('a lost request is shown as such, begun again by “try again now”, and decided; nobody is told twice', async () => {
  const id = await aRequest();
  const page = `/open-cases/position-request/${id}`;
  await post(`${page}/reminder`).expect(200);
  await lose('position-request', id);
  await em().nativeUpdate(OpenCaseRow, { id }, { since: new Date(Date.now() - 300_000) });
  const { sweepOpenCases } = openCaseSweepActivities({ orm: service.orm, running: createRunningWorkflows(temporal()) });
  await new MockActivityEnvironment().run(sweepOpenCases);
  expect(await read(page)).toContain('Nothing is running for this case');
  expect((await get(`${page}/retry`).expect(200)).body).toMatchObject({ lost: true, canBeginAgain: true });

  const form = await read(`${page}/retry`);
  expect(form).toMatch(/begun again where it stood: submitted, waiting for a sponsor/);
  const fields = { key: keyIn(form) };
  const press = () => request(webAs(service.deps, elm.manager)).post(`${page}/retry`).type('form').send(fields);
  await press().expect(303);
  await press().expect(303);
  await until(async () => (await caseOf(id))?.lostSince === null);
  expect(await recordsOf(id, 'open-case.begin-again')).toBe(1);
  expect(await recordsOf(id, 'open-case.retry')).toBe(1);

  const before = await em().count(MailRow, { aboutId: id });
  await post(`${page}/reminder`).expect(200); // its activity has the number of one of the lost workflow
  expect(await em().count(MailRow, { aboutId: id })).toBeGreaterThan(before);
  await post(`/position-requests/${id}/decision`, { decision: 'approve' }, { as: elm.sponsor }).expect(200);
  expect(await service.over(id)).toBe('approved');
  expect((await em().findOneOrFail(PositionRequestRow, { id })).roleProfile).toMatch(/^\d{12}$/);
  expect(await caseOf(id)).toBeNull();
});

test('a lost request is ended with a reason: the same end, once, and the same key is answered the same', async () => {
  const id = await aRequest();
  const page = `/open-cases/position-request/${id}`;
  await lose('position-request', id);
  await em().nativeUpdate(OpenCaseRow, { id }, { lostSince: new Date() });
  expect(await read(`${page}/end`)).toContain('begun again where it stood, only to be ended');
  const key = randomUUID();
  const first = await post(`${page}/end`, ending, { key }).expect(200);
  expect((await post(`${page}/end`, ending, { key }).expect(200)).body).toEqual(first.body);
  await post(`${page}/end`, ending).expect(409, /This case is over/);
  expect(await service.over(id)).toBe('ended');
  expect((await em().findOneOrFail(PositionRequestRow, { id })).state).toBe('ended');
  expect(await caseOf(id)).toBeNull();
  expect(await recordsOf(id, 'position-request.end')).toBe(1);
  expect(await em().count(CaseEndingRow, { caseId: id, state: 'ended' })).toBe(1);
});

test('a lost application goes on, and another is ended', async () => {
  const [one, other] = [await aSubmittedApplication(service.deps, elm.code), await aSubmittedApplication(service.deps, elm.code)];
  await lose('identity-proofing', one);
  await lose('identity-proofing', other);
  await post(`/open-cases/identity-proofing/${one}/retry`).expect(200);
  await post(`/applications/${one}/expectation`, {}, { as: elm.sponsor }).expect(200);
  await post(`/open-cases/identity-proofing/${other}/end`, ending).expect(200);
  expect((await em().findOneOrFail(ApplicationRow, { id: one })).state).toBe('expected');
  expect((await em().findOneOrFail(ApplicationRow, { id: other })).state).toBe('abandoned');
  expect(await recordsOf(other, 'application.end')).toBe(1);
  expect(await em().count(MailRow, { aboutId: other, template: 'application-ended' })).toBe(1);
});

test('a lost case that holds a card ends when a second manager agrees: the card is cancelled, as its workflow would have done', async () => {
  const desk = await cardDesk(service, elm);
  const id = await desk.start();
  await desk.print(id);
  const serial = await desk.toWritten(id);
  await lose('card-issue', id);
  const page = `/open-cases/card-issue/${id}`;
  await post(`${page}/end`, ending).expect(200);
  expect(await caseOf(id)).toMatchObject({ holdsCard: true });
  const { id: asked } = await em().findOneOrFail(CaseEndingRow, { caseId: id });
  await post(`${page}/endings/${asked}/agreement`).expect(403, /SAME_PERSON/);
  await post(`${page}/endings/${asked}/agreement`, {}, { as: secondManager }).expect(200);
  expect(await service.over(id, 'card-issue')).toBe('ended');
  expect((await em().findOneOrFail(SmartcardRow, { serial })).state).toBe('cancelled');
  expect(await caseOf(id)).toBeNull();
});

test('a card that waited for its printer waits for the same print when its case is begun again', async () => {
  const asked: string[] = [];
  const frees: Array<(outcome: string) => void> = [];
  service.hooks.instead['printCard'] = (job: string) => (asked.push(job), new Promise((resolve) => frees.push(resolve)));
  const desk = await cardDesk(service, elm);
  const id = await desk.start();
  await desk.post(`/card-issues/${id}/print`, { printer: desk.printer }).expect(200);
  await until(async () => asked.length === 1);
  await lose('card-issue', id);
  await post(`/open-cases/card-issue/${id}/retry`).expect(200);
  await until(async () => asked.length === 2);
  expect(asked[1]).toBe(asked[0]);
  for (const free of frees) free('printed');
  await until(async () => (await desk.stageOf(id)) === 'printed');
  expect(await em().count(PrintJobRow, { caseId: `card-issue/${id}` })).toBe(1);
});

test('a lost renewal goes on with its reminders, and is ended', async () => {
  const { serial } = await (await cardDesk(service, elm)).whole();
  const certificate = await endsInDays(service, serial, 89.9);
  await sweep(service);
  const id = await openedFor(service, certificate);
  await until(async () => (await em().count(MailRow, { aboutId: id })) === 1);
  await lose('renewal', id);
  await post(`/open-cases/renewal/${id}/reminder`).expect(200);
  expect(await em().count(MailRow, { aboutId: id })).toBe(2);
  await lose('renewal', id);
  await post(`/open-cases/renewal/${id}/end`, ending).expect(200);
  expect((await em().findOneOrFail(RenewalRow, { id })).stage).toBe('ended');
  expect(await caseOf(id)).toBeNull();
});

test('a case that the tables do not hold is said to be beyond us', async () => {
  const id = randomUUID();
  const old = new Date(Date.now() - 300_000);
  const row = { kind: 'card-issue', id, organisation: elm.code, stage: 'choosing', waitsFor: 'ra-agent', holdsCard: false };
  await em().insert(OpenCaseRow, { ...row, openedAt: old, since: old, lostSince: old });
  const page = `/open-cases/card-issue/${id}`;
  expect((await get(`${page}/retry`).expect(200)).body).toMatchObject({ lost: true, canBeginAgain: false });
  expect(await read(`${page}/retry`)).toContain('do not hold what it needs to go on');
  expect(await read(`${page}/end`)).toContain('do not hold what it needs to be ended');
  await post(`${page}/retry`).expect(409, /do not hold what it needs/);
  await post(`${page}/end`, ending).expect(409, /do not hold what it needs/);
});
