import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { By } from '../../activities/cause.ts';
import { identityCheckActivities, type IdentityDecision } from '../../activities/identity-check.ts';
import { activityInterceptor } from '../../activities/interceptor.ts';
import { ApplicationRow } from '../../db/application/application.ts';
import { AuditRow } from '../../db/audit.ts';
import { personIdOf } from '../../db/person/care-id.ts';
import { DocumentRow } from '../../db/application/evidence.ts';
import { IdentityDecisionRow, recordDraftedDecision } from '../../db/identity-check/identity-decision.ts';
import { MailRow } from '../../db/mail/mail.ts';
import { PersonRow } from '../../db/person/person.ts';
import type { Application } from '../../domain/application.ts';
import type { Decision } from '../../domain/identity-check/outcome.ts';
import { anOrganisation, endPositionsOf, type Organisation } from '../support/database.ts';
import { anExpectedApplication, atWork } from '../support/identity-check.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let elm: Organisation;
let id: string;
beforeAll(async () => void (service = await startService()));
afterAll(() => service.stop());
beforeEach(async () => {
  Object.assign(service.fraud, { own: [], independent: [], asked: [], isAway: false });
  elm = await anOrganisation(service.orm);
  id = await anExpectedApplication(service, elm);
  await atWork(service, elm.receptionist, id).everything();
});

async function drafted(decision: Decision, more: { reason?: string; words?: string } = {}): Promise<string> {
  const row = { id: randomUUID(), application: id, organisation: elm.code, checker: elm.receptionist, decision };
  await recordDraftedDecision(service.orm.em.fork(), { ...row, reason: null, words: null, asks: [], ...more });
  return row.id;
}

/** An attempt of activity `activityId`; attempts of one activity share the time it was scheduled. */
async function attempt(activityId: string, action: Decision, decision: string, who = elm.receptionist): Promise<Application> {
  const { recordIdentityDecision } = identityCheckActivities({ ...service.deps, fraudSources: [] });
  const info = {
    workflowExecution: { workflowId: `identity-proofing/${id}`, runId: randomUUID() },
    activityId,
    scheduledTimestampMs: Date.parse('2026-11-24T12:00:00Z'),
  };
  const env = new MockActivityEnvironment(info, { interceptors: [activityInterceptor(service.orm)], logger: new DefaultLogger('ERROR') });
  const change: IdentityDecision = { id, action, decision, due: null };
  return env.run<[IdentityDecision, By], Application, typeof recordIdentityDecision>(recordIdentityDecision, change, { who, via: 'api' });
}
const people = () => service.orm.em.fork().count(PersonRow, { checkedBy: elm.receptionist });

test('a decision, the person, its audit and the letter are saved together, once, though the role has ended before the retry', async () => {
  const decision = await drafted('verify');
  const first = await attempt('9', 'verify', decision);
  await endPositionsOf(service.orm, elm.receptionist);
  expect(await attempt('9', 'verify', decision)).toEqual(first);

  const em = service.orm.em.fork();
  expect(await people()).toBe(1);
  expect(await em.count(MailRow, { toId: personIdOf(id) })).toBe(1);
  expect(await em.find(AuditRow, { id: { $like: `identity-proofing/${id}/9/%` } }, { orderBy: { id: 1 } })).toMatchObject([
    {
      what: 'application.verify',
      who: elm.receptionist,
      caseId: `identity-proofing/${id}`,
      detail: { state: 'verified', decision, profile: 'V2B', confidence: 'very-high', level: '3', nhsCheck: 'passed' },
    },
    { what: 'person.create', subjectId: personIdOf(id), detail: { application: id, checkedBy: elm.receptionist } },
  ]);
  expect(await em.findOneOrFail(IdentityDecisionRow, { id: decision })).toMatchObject({
    profile: 'V2B',
    confidence: 'very-high',
    nhsPassed: true,
    level: 3,
    decidedAt: new Date('2026-11-24T12:00:00Z'),
  });
  expect((await em.find(DocumentRow, { application: id })).map(({ outcome }) => outcome)).toEqual(['counted', 'counted', 'counted']);
});

test('two attempts at the same moment make one person', async () => {
  const decision = await drafted('verify');
  const [first, second] = await Promise.all([attempt('9', 'verify', decision), attempt('9', 'verify', decision)]);
  expect(second).toEqual(first);
  expect(await people()).toBe(1);
});

test('another activity that comes later is refused, with who decided and when', async () => {
  await attempt('9', 'refuse', await drafted('refuse', { reason: 'not-genuine', words: 'The hologram' }));
  await expect(attempt('10', 'verify', await drafted('verify'))).rejects.toMatchObject({
    type: 'WRONG_STATE',
    nonRetryable: true,
    details: [{ state: 'refused', by: elm.receptionist, at: '2026-11-24T12:00:00.000Z' }],
  });
  expect(await people()).toBe(0);
});

test('who has no role, or does not have the check, commits nothing', async () => {
  const decision = await drafted('verify');
  for (const [who, type] of [
    [elm.sponsor, 'NOT_PERMITTED'],
    [elm.agent, 'WRONG_STATE'],
    [elm.beneficiary, 'NOT_FOUND'],
  ] as const) {
    await expect(attempt('9', 'verify', decision, who)).rejects.toMatchObject({ type, nonRetryable: true });
  }
  const row = await service.orm.em.fork().findOneOrFail(ApplicationRow, { id });
  expect(row).toMatchObject({ state: 'checking', leasedBy: elm.receptionist, person: null });
  expect(await people()).toBe(0);
});
