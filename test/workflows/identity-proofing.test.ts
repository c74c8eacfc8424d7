import { randomUUID } from 'node:crypto';
import { decline, expect as expectPerson, submit, withdraw } from '../../commands/application.ts';
import { ApplicationRow } from '../../db/application/application.ts';
import { AuditRow } from '../../db/audit.ts';
import { MailRow } from '../../db/mail/mail.ts';
import { OpenCaseRow } from '../../db/open-case/open-case.ts';
import { endCase, remindCase } from '../../workflows/case.ts';
import { aDraft, aSubmittedApplication, endedBy } from '../support/application.ts';
import { anOrganisation, type Organisation } from '../support/database.ts';
import { type Service, startService, unreachableTemporal } from '../support/service.ts';

let service: Service;
let elm: Organisation;
beforeAll(async () => void (service = await startService()));
afterAll(() => service.stop());
beforeEach(async () => {
  service.hooks.beforeRecord = async () => {};
  elm = await anOrganisation(service.orm);
});

const em = () => service.orm.em.fork();
const rowOf = (id: string) => em().findOneOrFail(ApplicationRow, { id });
const caseOf = (id: string) => em().findOne(OpenCaseRow, { id });
const over = (id: string) => service.over(id, 'identity-proofing');
const applicant = (id: string, key: string = randomUUID()) => ({ kind: 'applicant' as const, id, via: 'web' as const, key });
const person = (id: string, key: string = randomUUID()) => ({ kind: 'person' as const, id, via: 'web' as const, key });
const lettersTo = async (id: string) =>
  (await em().find(MailRow, { aboutId: id }, { orderBy: { queuedAt: 1, template: 1 } })).map(
    ({ template, toKind }) => `${template} ${toKind}`,
  );

const submitted = () => aSubmittedApplication(service.deps, elm.code);
const expectBy = (who: string, id: string) => expectPerson.perform(service.deps, person(who), { id }, {});

test('of two who say it at once, that they expect the person and that they do not, one wins and the other is told', async () => {
  const id = await submitted();
  const saying = [expectBy(elm.sponsor, id), decline.perform(service.deps, person(elm.otherSponsor), { id }, { reason: 'unknown' })];
  const came = await Promise.allSettled(saying);
  const won = came.filter(({ status }) => status === 'fulfilled');
  const lost = came.flatMap((each) => (each.status === 'rejected' ? [each.reason as object] : []));
  expect(won).toHaveLength(1);
  const { state, changedBy, changedAt } = await rowOf(id);
  expect(lost).toMatchObject([{ code: 'WRONG_STATE', details: { state, by: changedBy, at: changedAt.toISOString() } }]);
});

test('a submission that is refused leaves a draft, which is sent in once it is complete', async () => {
  const id = await aDraft(service.orm, elm.code);
  const send = () => submit.perform(service.deps, applicant(id), {}, { declared: 'yes' });
  // What is open is found by the command at once; here it opens between that and the saving.
  service.hooks.beforeRecord = async () =>
    void (await em().nativeUpdate(ApplicationRow, { id, state: 'draft' }, { emailConfirmedAt: null }));
  await expect(send()).rejects.toMatchObject({ code: 'INVALID', details: { 'email-code': 'open' } });
  expect(await over(id)).toBe('refused');
  expect((await rowOf(id)).state).toBe('draft');

  service.hooks.beforeRecord = async () => {};
  await em().nativeUpdate(ApplicationRow, { id }, { emailConfirmedAt: new Date() });
  expect(await send()).toMatchObject({ is: 'saved', answer: { state: 'submitted' } });
  await expect(send()).rejects.toMatchObject({ code: 'WRONG_STATE' });
});

test('the same key sends it in once and is answered the same, however it was lost', async () => {
  const id = await aDraft(service.orm, elm.code);
  const writer = applicant(id, 'k-1');
  const away = await submit.perform(
    { ...service.deps, temporal: unreachableTemporal(), answerWithinMs: 500 },
    writer,
    {},
    { declared: 'yes' },
  );
  expect(away).toEqual({ is: 'not-saved' });
  expect((await rowOf(id)).state).toBe('draft');

  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  service.hooks.beforeRecord = () => held;
  expect(await submit.perform({ ...service.deps, answerWithinMs: 1500 }, writer, {}, { declared: 'yes' })).toEqual({ is: 'saving' });
  letGo();
  const first = await submit.perform(service.deps, writer, {}, { declared: 'yes' });
  expect(first).toMatchObject({ is: 'saved', answer: { state: 'submitted', version: 2 } });
  expect(await submit.perform(service.deps, writer, {}, { declared: 'yes' })).toEqual(first);
  expect(await em().count(AuditRow, { subjectId: id, what: 'application.submit' })).toBe(1);
});

test('while saving fails the case is marked, and what was said is saved once it works again', async () => {
  const id = await submitted();
  let failures = 0;
  let seen: unknown;
  service.hooks.beforeRecord = async () => {
    if (++failures <= 2) throw new TypeError('something with a name in it');
    seen = await caseOf(id);
  };
  expect(await expectBy(elm.sponsor, id)).toMatchObject({ is: 'saved' });
  expect(seen).toMatchObject({ failingWhat: 'recordApplication', failingError: 'TypeError', attempts: 2 });
  expect(await caseOf(id)).toMatchObject({ stage: 'to-check', failingSince: null, attempts: 0 });
});

test('whoever comes after it was withdrawn is told so, and that its workflow is over', async () => {
  const id = await submitted();
  expect(await withdraw.perform(service.deps, applicant(id), {}, { sure: 'yes' })).toMatchObject({ answer: { state: 'withdrawn' } });
  expect(await over(id)).toBe('withdrawn');
  await expect(expectBy(elm.sponsor, id)).rejects.toMatchObject({ code: 'WRONG_STATE', details: { state: 'withdrawn', by: id } });
});

test('a manager reminds and ends a case, as any other', async () => {
  const id = await submitted();
  const handle = service.deps.temporal.workflow.getHandle(`identity-proofing/${id}`);
  const sent = { who: elm.manager, via: 'web' as const, bodyHash: 'h' };
  await handle.executeUpdate(remindCase, { args: [sent] });
  expect(await lettersTo(id)).toEqual([
    'application-received application',
    'application-to-expect person',
    'application-to-expect person',
    'case-reminder person',
    'case-reminder person',
  ]);

  const ending = await endedBy(service.orm, { id, organisation: elm.code, manager: elm.manager });
  await handle.executeUpdate(endCase, { args: [sent, { ending }] });
  expect(await over(id)).toBe('abandoned');
  expect(await caseOf(id)).toBeNull();
});

test('two applications share no state', async () => {
  const [one, two] = [await submitted(), await submitted()];
  await expectBy(elm.sponsor, one);
  expect((await rowOf(one)).state).toBe('expected');
  expect((await rowOf(two)).state).toBe('submitted');
  await withdraw.perform(service.deps, applicant(two), {}, { sure: 'yes' });
  expect((await rowOf(one)).state).toBe('expected');
});
