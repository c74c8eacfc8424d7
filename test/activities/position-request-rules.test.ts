import { randomUUID } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { By } from '../../activities/cause.ts';
import { activityInterceptor } from '../../activities/interceptor.ts';
import { positionRequestActivities } from '../../activities/position-request.ts';
import { AuditRow, recordAudit } from '../../db/audit.ts';
import { insertCardIssue } from '../../db/smartcard/card-issue.ts';
import { CaseEndingRow } from '../../db/open-case/case-ending.ts';
import { MailRow } from '../../db/mail/mail.ts';
import { OpenCaseRow } from '../../db/open-case/open-case.ts';
import { PersonRow } from '../../db/person/person.ts';
import { recordWords } from '../../db/position-request/position-request-words.ts';
import { type Change, PositionRequestRow } from '../../db/position-request/position-request.ts';
import { PositionRow } from '../../db/position-request/position.ts';
import { RoleProfileRow } from '../../db/position-request/role-profile.ts';
import type { PositionRequest, Terms } from '../../domain/position-request.ts';
import { anOrganisation, aPosition, aRoleProfile, databaseOfThisWorker, endPositionsOf, type Organisation } from '../support/database.ts';
import { inDays } from '../support/days.ts';

let orm: MikroORM;
let elm: Organisation;
beforeAll(async () => void (orm = await databaseOfThisWorker()));
afterAll(() => orm.close());
beforeEach(async () => void (elm = await anOrganisation(orm)));

const terms: Terms = { remindAfterWorkingDays: 2, escalateAfterWorkingDays: 5, expireAfterDays: 30 };
let activity = 0;

/** An activity of a request's workflow, run once. */
function act<Name extends keyof ReturnType<typeof positionRequestActivities>>(
  name: Name,
  id: string,
  ...args: Parameters<ReturnType<typeof positionRequestActivities>[Name]>
) {
  const info = {
    workflowExecution: { workflowId: `position-request/${id}`, runId: randomUUID() },
    activityId: String(++activity),
    scheduledTimestampMs: Date.now(),
  };
  const env = new MockActivityEnvironment(info, { interceptors: [activityInterceptor(orm)], logger: new DefaultLogger('ERROR') });
  const run = positionRequestActivities({ orm })[name] as unknown as (...given: unknown[]) => Promise<PositionRequest>;
  return env.run<unknown[], PositionRequest, typeof run>(run, ...args);
}
const by = (who: string): By => ({ who, via: 'api' });
const record = (change: Change, who: string) => act('recordPositionRequest', change.request.id, change, by(who), terms);

async function submit(given: Partial<PositionRequest> = {}): Promise<PositionRequest> {
  const id = randomUUID();
  const why = await recordWords(orm.em.fork(), { id, request: id, words: 'Front desk' });
  const { code: organisation, beneficiary, agent: asker, position } = elm;
  return record(
    {
      action: 'submit',
      request: { id, organisation, beneficiary, asker, position, why, startsOn: inDays(3), endsOn: inDays(90), ...given },
    },
    given.asker ?? asker,
  );
}
const approve = (request: PositionRequest, who = elm.sponsor) => record({ action: 'approve', request, to: 'approved' }, who);
const sponsorPosition = (organisation = elm.code) =>
  aPosition(orm, { organisation, name: 'Sponsor', jobRole: 'R8011', activities: ['B1300'] });
const stateOf = async ({ id }: PositionRequest) => (await orm.em.fork().findOneOrFail(PositionRequestRow, { id })).state;
const refused = (type: string) => expect.objectContaining({ type, nonRetryable: true });

test('a request that nobody there could decide is refused, whoever is left', async () => {
  await endPositionsOf(orm, elm.otherSponsor);
  await orm.em.fork().nativeUpdate(PersonRow, { id: elm.beneficiary }, { checkedBy: elm.sponsor });
  await expect(submit()).rejects.toMatchObject({ type: 'NOBODY_CAN_DECIDE', message: expect.stringContaining('Nobody at Elm Surgery') });
  await aRoleProfile(orm, { person: elm.receptionist, organisation: elm.code, jobRole: 'R8011', activities: ['B1300'] });
  expect((await submit()).state).toBe('submitted');
  expect(await orm.em.fork().count(PositionRequestRow, { beneficiary: elm.beneficiary })).toBe(1);
});

test('a sponsor who checked the identity does not decide, and is not told', async () => {
  await orm.em.fork().nativeUpdate(PersonRow, { id: elm.beneficiary }, { checkedBy: elm.sponsor });
  const request = await submit();
  for (const [action, to] of [
    ['approve', 'approved'],
    ['reject', 'rejected'],
    ['send-back', 'sent-back'],
  ] as const) {
    await expect(record({ action, request, to }, elm.sponsor)).rejects.toEqual(refused('SAME_PERSON'));
  }
  expect(await orm.em.fork().find(MailRow, { aboutId: request.id })).toMatchObject([{ toId: elm.otherSponsor }]);
  expect((await approve(request, elm.otherSponsor)).state).toBe('approved');
});

test('a sponsor who works on the card of this person does not decide', async () => {
  const request = await submit();
  const issue = { id: randomUUID(), organisation: elm.code, person: elm.beneficiary, asker: elm.sponsor, replaces: null };
  const cause = { id: issue.id, at: new Date(), who: elm.sponsor, via: 'api' as const, caseId: null };
  await insertCardIssue(orm.em.fork(), issue, cause);
  const started = { what: 'card-issue.start', subjectKind: 'card-issue', subjectId: issue.id, organisation: elm.code, detail: {} };
  await recordAudit(orm.em.fork(), cause, started);
  await expect(approve(request)).rejects.toEqual(refused('SAME_PERSON'));
  expect((await approve(request, elm.otherSponsor)).state).toBe('approved');
});

test('RA and sponsor at one organisation is refused when it is asked for: held here, above, or below', async () => {
  const position = await sponsorPosition();
  await aRoleProfile(orm, { person: elm.beneficiary, organisation: elm.trust, jobRole: 'R5090' });
  await expect(submit({ position })).rejects.toEqual(refused('CONFLICT_OF_ROLES'));

  const sponsor = await anOrganisation(orm);
  const raPosition = await aPosition(orm, { organisation: sponsor.trust, name: 'RA agent', jobRole: 'R5090', activities: [] });
  const asked = { organisation: sponsor.trust, position: raPosition, beneficiary: sponsor.sponsor, asker: sponsor.manager };
  await expect(submit(asked)).rejects.toEqual(refused('CONFLICT_OF_ROLES'));
});

test('a role that ends before the other begins is no conflict; one morning in common is', async () => {
  const position = await sponsorPosition();
  await aRoleProfile(orm, { person: elm.beneficiary, organisation: elm.trust, jobRole: 'R5090', endsOn: inDays(9) });
  await expect(submit({ position, startsOn: inDays(10), endsOn: inDays(20) })).rejects.toEqual(refused('CONFLICT_OF_ROLES'));
  expect((await submit({ position, startsOn: inDays(11), endsOn: inDays(20) })).state).toBe('submitted');
});

test('a conflict that came about since is refused when it is approved', async () => {
  const request = await submit({ position: await sponsorPosition() });
  await aRoleProfile(orm, { person: elm.beneficiary, organisation: elm.trust, jobRole: 'R5080' });
  await expect(approve(request)).rejects.toEqual(refused('CONFLICT_OF_ROLES'));
  expect(await stateOf(request)).toBe('submitted');
  expect((await record({ action: 'reject', request, to: 'rejected' }, elm.sponsor)).state).toBe('rejected');
});

test('of two approvals at once that would conflict, one is refused', async () => {
  const sponsor = await submit({ position: await sponsorPosition() });
  const ra = await aPosition(orm, { organisation: elm.code, name: 'RA agent', jobRole: 'R5090', activities: [] });
  const agent = await submit({ position: ra });
  const both = await Promise.allSettled([approve(sponsor), approve(agent, elm.otherSponsor)]);
  expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect(await orm.em.fork().count(RoleProfileRow, { person: elm.beneficiary })).toBe(1);
});

test('a person suspended, or a position closed, between asking and approving is refused', async () => {
  const [one, two] = [await submit(), await submit()];
  await orm.em.fork().nativeUpdate(PositionRow, { id: elm.position }, { closedAt: new Date() });
  await expect(approve(one)).rejects.toMatchObject({ type: 'WRONG_STATE', message: 'This position was closed' });
  await expect(submit()).rejects.toEqual(refused('WRONG_STATE'));
  await orm.em.fork().nativeUpdate(PositionRow, { id: elm.position }, { closedAt: null });
  await orm.em.fork().nativeUpdate(PersonRow, { id: elm.beneficiary }, { state: 'suspended' });
  await expect(approve(two)).rejects.toMatchObject({ type: 'WRONG_STATE', message: 'The profile of this person is suspended' });
});

test('an approval, its role profile, its audit and its letters are saved together, and the profile ends at the hour of the organisation', async () => {
  const request = await submit({ startsOn: '2027-06-01', endsOn: '2027-06-30' });
  const { roleProfile } = await approve(request);
  expect(await orm.em.fork().findOneOrFail(RoleProfileRow, { id: roleProfile! })).toMatchObject({
    position: elm.position,
    startsAt: new Date('2027-05-31T23:00:00Z'),
    endsAt: new Date('2027-07-01T07:00:00Z'),
  });
  const data = { position: elm.position, startsOn: '2027-06-01' };
  expect(await orm.em.fork().find(MailRow, { aboutId: request.id, template: 'position-request-approved' })).toMatchObject([
    { toId: request.asker, data },
  ]);
  expect(await orm.em.fork().find(MailRow, { aboutId: request.id, template: 'position-request-approved-yours' })).toMatchObject([
    { toId: request.beneficiary, data },
  ]);
  expect(await orm.em.fork().count(OpenCaseRow, { id: request.id })).toBe(0);
});

test('a manager ends a case by its row alone, and the request is closed with it', async () => {
  const request = await submit();
  const ending = randomUUID();
  const row = {
    id: ending,
    kind: 'position-request',
    caseId: request.id,
    organisation: elm.code,
    reason: 'mistake',
    words: 'Wrong person',
    needsTwo: false,
  };
  await orm.em
    .fork()
    .insert(CaseEndingRow, {
      ...row,
      askedBy: elm.manager,
      askedAt: new Date(),
      agreedBy: null,
      agreedAt: null,
      state: 'agreed',
      changedAt: new Date(),
    });
  const change: Change = { action: 'end', request, to: 'ended', ending };

  await expect(record({ action: 'end', request, to: 'ended' }, elm.manager)).rejects.toEqual(refused('NOT_FOUND'));
  expect((await record(change, elm.manager)).state).toBe('ended');
  expect(await orm.em.fork().count(OpenCaseRow, { id: request.id })).toBe(0);
  expect((await orm.em.fork().findOneOrFail(CaseEndingRow, { id: ending })).state).toBe('ended');
});

test('naming a sponsor, and telling, leave one record and one letter however often they are tried', async () => {
  const request = await submit();
  await act('nameSponsorOfPositionRequest', request.id, request.id, elm.otherSponsor, by(elm.manager));
  activity -= 1; // the same activity, tried again
  await endPositionsOf(orm, elm.manager);
  await act('nameSponsorOfPositionRequest', request.id, request.id, elm.otherSponsor, by(elm.manager));
  await act('tellOfPositionRequest', request.id, request.id, 'remind', { who: 'system', via: 'workflow' });
  activity -= 1;
  await act('tellOfPositionRequest', request.id, request.id, 'remind', { who: 'system', via: 'workflow' });

  const letters = await orm.em
    .fork()
    .find(MailRow, { aboutId: request.id, template: { $in: ['position-request-sponsor-named', 'position-request-reminder'] } });
  expect(letters.map(({ template }) => template).toSorted()).toEqual([
    'position-request-reminder',
    'position-request-reminder',
    'position-request-sponsor-named',
  ]);
  expect((await orm.em.fork().find(AuditRow, { subjectId: request.id })).map(({ what }) => what).toSorted()).toEqual([
    'position-request.name-sponsor',
    'position-request.remind',
    'position-request.submit',
  ]);
});
