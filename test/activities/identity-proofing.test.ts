import { randomBytes, randomUUID } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { By } from '../../activities/cause.ts';
import { type ApplicationChange, identityProofingActivities } from '../../activities/identity-proofing.ts';
import { activityInterceptor } from '../../activities/interceptor.ts';
import { ApplicationRow } from '../../db/application/application.ts';
import { AuditRow } from '../../db/audit.ts';
import { MailRow } from '../../db/mail/mail.ts';
import { OpenCaseRow } from '../../db/open-case/open-case.ts';
import type { Application } from '../../domain/application.ts';
import { aDraft, endedBy } from '../support/application.ts';
import { anOrganisation, aPerson, aRoleProfile, databaseOfThisWorker, endPositionsOf, type Organisation } from '../support/database.ts';

let orm: MikroORM;
let elm: Organisation;
beforeAll(async () => void (orm = await databaseOfThisWorker()));
afterAll(() => orm.close());
beforeEach(async () => void (elm = await anOrganisation(orm)));

const em = () => orm.em.fork();
const rowOf = (id: string) => em().findOneOrFail(ApplicationRow, { id });
const auditOf = (id: string) => em().find(AuditRow, { subjectId: id }, { orderBy: { id: 1 } });
const lettersTo = async (id: string) =>
  (await em().find(MailRow, { aboutId: id })).map(({ template, toKind }) => `${template} ${toKind}`).toSorted();

/** An attempt of activity `activityId`; attempts of one activity share the time it was scheduled, and no run id. */
function attempt<K extends 'recordApplication' | 'remindOfApplication' | 'endApplication'>(
  id: string,
  activityId: string,
  name: K,
  ...args: unknown[]
) {
  const activities = identityProofingActivities({ orm, sealingKey: randomBytes(32) });
  const info = {
    workflowExecution: { workflowId: `identity-proofing/${id}`, runId: randomUUID() },
    activityId,
    scheduledTimestampMs: Date.parse('2026-11-30T23:59:59.900Z'),
  };
  const env = new MockActivityEnvironment(info, { interceptors: [activityInterceptor(orm)], logger: new DefaultLogger('ERROR') });
  return env.run(activities[name] as (...given: unknown[]) => Promise<Application>, ...args);
}
const record = (id: string, activityId: string, action: ApplicationChange['action'], who: string, more: Partial<ApplicationChange> = {}) =>
  attempt(
    id,
    activityId,
    'recordApplication',
    { id, action, due: null, ...more } satisfies ApplicationChange,
    { who, via: 'web' } satisfies By,
  );

async function submitted(): Promise<string> {
  const id = await aDraft(orm, elm.code);
  await record(id, '1', 'submit', id, { due: '2026-12-24T00:00:00.000Z' });
  return id;
}

const toExpect = ['application-to-expect person', 'application-to-expect person'];

test('a submission, its case, its audit record and its letter are saved together, once, however often it is tried', async () => {
  const id = await aDraft(orm, elm.code);
  const due = '2026-12-24T00:00:00.000Z';
  const [one, two] = await Promise.all([record(id, '1', 'submit', id, { due }), record(id, '1', 'submit', id, { due })]);
  const third = await record(id, '1', 'submit', id, { due });

  expect(one).toMatchObject({ state: 'submitted', version: 2, evidenceVersion: 1, changedBy: id });
  expect([two, third]).toEqual([one, one]);
  expect((await auditOf(id)).map(({ what, who, caseId }) => [what, who, caseId])).toEqual([
    ['application.submit', id, `identity-proofing/${id}`],
  ]);
  expect(await lettersTo(id)).toEqual(['application-received application', ...toExpect]);
  expect((await em().find(MailRow, { aboutId: id, toKind: 'person' })).map(({ toId }) => toId).toSorted()).toEqual(
    [elm.sponsor, elm.otherSponsor].toSorted(),
  );
  expect(await em().findOne(OpenCaseRow, { id })).toMatchObject({ kind: 'identity-proofing', stage: 'not-expected', due: new Date(due) });
});

test('a draft in which something is open is refused, and stays a draft', async () => {
  const id = await aDraft(orm, elm.code, { emailConfirmedAt: null });
  await expect(record(id, '1', 'submit', id)).rejects.toMatchObject({ type: 'INVALID', nonRetryable: true });
  expect(await rowOf(id)).toMatchObject({ state: 'draft', version: 1, submittedAt: null });
  expect(await auditOf(id)).toEqual([]);
  expect(await lettersTo(id)).toEqual([]);
});

test('a retry is answered though the sponsor’s position has ended; another change of theirs is refused', async () => {
  const id = await submitted();
  const first = await record(id, '2', 'expect', elm.sponsor);
  await endPositionsOf(orm, elm.sponsor);
  expect(await record(id, '2', 'expect', elm.sponsor)).toEqual(first);
  expect(await rowOf(id)).toMatchObject({ state: 'expected', expectedBy: elm.sponsor, version: 3 });

  const other = await submitted();
  await expect(record(other, '2', 'expect', elm.sponsor)).rejects.toMatchObject({ type: 'NOT_FOUND', nonRetryable: true });
  expect((await rowOf(other)).state).toBe('submitted');
});

test.each([
  ['an ID checker', 'NOT_PERMITTED', () => elm.receptionist],
  ['a sponsor of the organisation above', 'NOT_FOUND', () => elm.trustSponsor],
  ['nobody’s id', 'NOT_FOUND', () => randomUUID()],
])('that the person is expected is not for %s to say', async (_who, type, who) => {
  const id = await submitted();
  await expect(record(id, '2', 'expect', who())).rejects.toMatchObject({ type });
});

test('only the application itself can withdraw, and only the system gives it up', async () => {
  const id = await submitted();
  await expect(record(id, '2', 'withdraw', randomUUID())).rejects.toMatchObject({ type: 'NOT_FOUND' });
  await expect(record(id, '2', 'withdraw', elm.manager)).rejects.toMatchObject({ type: 'NOT_FOUND' });
  await expect(record(id, '2', 'abandon', elm.manager)).rejects.toMatchObject({ type: 'NOT_FOUND' });
  expect(await record(id, '2', 'withdraw', id)).toMatchObject({ state: 'withdrawn' });
  expect(await em().findOne(OpenCaseRow, { id })).toBeNull();
  expect(await lettersTo(id)).toEqual(['application-received application', ...toExpect, 'application-withdrawn application']);
});

test('ID checkers are told once that a check waits: at most twenty, those of the organisation itself first', async () => {
  const id = await submitted();
  await record(id, '2', 'expect', elm.sponsor);
  await record(id, '2', 'expect', elm.sponsor);
  const told = async (about: string) =>
    (await em().find(MailRow, { aboutId: about, template: 'application-to-check' })).map(({ toId }) => toId);
  expect(await told(id)).toEqual([elm.receptionist]);

  for (let more = 0; more < 20; more += 1) {
    const person = await aPerson(orm, { organisation: elm.trust });
    await aRoleProfile(orm, { person, organisation: elm.trust, jobRole: 'R8009', activities: ['B0267'] });
  }
  const other = await submitted();
  await record(other, '2', 'expect', elm.sponsor);
  expect(await told(other)).toEqual([elm.receptionist]);
  await endPositionsOf(orm, elm.receptionist);
  const third = await submitted();
  await aRoleProfile(orm, {
    person: await aPerson(orm, { organisation: elm.trust }),
    organisation: elm.trust,
    jobRole: 'R8009',
    activities: ['B0267'],
  });
  await record(third, '2', 'expect', elm.sponsor);
  expect(await told(third)).toHaveLength(20);
});

test('a change of what another cause changed first is refused, saying what it is, by whom and since when', async () => {
  const id = await submitted();
  await record(id, '2', 'decline', elm.sponsor, { detail: { reason: 'unknown' } });
  await expect(record(id, '3', 'expect', elm.otherSponsor)).rejects.toMatchObject({
    type: 'WRONG_STATE',
    details: [{ state: 'refused', by: elm.sponsor, at: '2026-11-30T23:59:59.900Z' }],
  });
  expect((await rowOf(id)).reason).toBe('unknown');
});

test('a reminder goes to each sponsor, or to the applicant, once; nobody is told once it is over', async () => {
  const id = await submitted();
  const system: By = { who: 'system', via: 'workflow' };
  await attempt(id, '2', 'remindOfApplication', id, system);
  await attempt(id, '2', 'remindOfApplication', id, system);
  expect(await lettersTo(id)).toEqual(['application-received application', ...toExpect, 'case-reminder person', 'case-reminder person']);

  await em().nativeUpdate(ApplicationRow, { id }, { state: 'more-needed' });
  await attempt(id, '3', 'remindOfApplication', id, system);
  expect(await lettersTo(id)).toContain('application-more-asked application');

  await em().nativeUpdate(ApplicationRow, { id }, { state: 'verified' });
  await attempt(id, '4', 'remindOfApplication', id, system);
  expect((await auditOf(id)).filter(({ what }) => what === 'application.remind')).toHaveLength(2);
});

test('a manager’s ending is recorded once, and the applicant is told', async () => {
  const id = await submitted();
  const ending = await endedBy(orm, { id, organisation: elm.code, manager: elm.manager });
  const by: By = { who: elm.manager, via: 'web' };
  const first = await attempt(id, '2', 'endApplication', id, ending, by);
  expect(await attempt(id, '2', 'endApplication', id, ending, by)).toEqual(first);

  expect(first).toMatchObject({ state: 'abandoned' });
  expect((await auditOf(id)).map(({ what }) => what).toSorted()).toEqual(['application.end', 'application.submit', 'open-case.end']);
  expect(await lettersTo(id)).toEqual(['application-ended application', 'application-received application', ...toExpect]);
});
