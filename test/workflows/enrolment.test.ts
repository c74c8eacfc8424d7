import { randomUUID } from 'node:crypto';
import { confirmEnrolment, listEnrolments, showEnrolment, startEnrolling, withdrawEnrolment } from '../../commands/enrolment.ts';
import { endOpenCase, remindOfCase } from '../../commands/open-case-acts.ts';
import { startAgain } from '../../commands/open-case-again.ts';
import { beginAgainNow } from '../../commands/open-case-running.ts';
import { AuditRow } from '../../db/audit.ts';
import { AuthenticatorRow, authenticatorsOf } from '../../db/sign-in/authenticator.ts';
import { MailRow, sealedFor } from '../../db/mail/mail.ts';
import { OpenCaseRow } from '../../db/open-case/open-case.ts';
import { PersonRow } from '../../db/person/person.ts';
import { unseal } from '../../db/seal.ts';
import type { Enrolment } from '../../domain/enrolment.ts';
import { anOrganisation, endPositionsOf, type Organisation } from '../support/database.ts';
import { giveCode, registerBy } from '../support/enrolment.ts';
import { eventually } from '../support/eventually.ts';
import { startOwnClock } from '../support/own-clock.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let elm: Organisation;
let stopClock: () => Promise<void>;
beforeAll(async () => {
  stopClock = await startOwnClock();
  service = await startService();
}, 90_000);
afterAll(async () => {
  await service?.stop();
  await stopClock?.();
});
beforeEach(async () => {
  service.hooks.instead = {};
  elm = await anOrganisation(service.orm);
});

const em = () => service.orm.em.fork();
const by = (id = elm.agent) => ({ kind: 'person' as const, id, via: 'web' as const, key: randomUUID() });
const start = (id = elm.agent, person = elm.beneficiary, enrolmentTerms = service.deps.enrolmentTerms) =>
  startEnrolling.perform({ ...service.deps, enrolmentTerms }, by(id), { person }, { witnessing: 'face-to-face' });
const show = (id: string, person = elm.agent) => showEnrolment.perform(service.deps, by(person), { id }, {});
async function sent(terms = service.deps.enrolmentTerms): Promise<Enrolment & { code: string }> {
  const outcome = await start(elm.agent, elm.beneficiary, terms);
  if (outcome.is !== 'saved') throw new Error(outcome.is);
  await eventually(async () => expect((await show(outcome.answer.id)).state).toBe('sent'));
  const { code } = await show(outcome.answer.id);
  return { ...outcome.answer, code: code! };
}
async function registered(terms = service.deps.enrolmentTerms) {
  const enrolment = await sent(terms);
  await giveCode(em(), enrolment, enrolment.code.replace('-', ''));
  return { ...enrolment, authenticator: await registerBy(em(), enrolment) };
}
const confirm = (id: string, number: string, who = elm.agent) => confirmEnrolment.perform(service.deps, by(who), { id }, { number });
const row = (authenticator: string) => em().findOneOrFail(AuthenticatorRow, { id: authenticator });
const caseOf = (id: string) => em().findOne(OpenCaseRow, { id });
const told = async (id: string) =>
  (await em().find(MailRow, { $or: [{ aboutId: id }, { toId: elm.beneficiary }] }))
    .map(({ template, toId }) => `${template} ${toId}`)
    .toSorted();

test('what is registered is inert until the witness types the number; then it is live, and both are told', async () => {
  const { id, person, authenticator } = await registered();
  expect((await row(authenticator)).confirmedAt).toBeNull();
  expect(await authenticatorsOf(em(), person)).toEqual([]);
  expect(await caseOf(id)).toMatchObject({ kind: 'enrolment', stage: 'registered', waitsFor: 'asker', waitsForPerson: elm.agent });

  await expect(confirm(id, '654321')).rejects.toMatchObject({ code: 'TOO_MANY_TRIES' });
  expect(await confirm(id, '123 456')).toMatchObject({ is: 'saved', answer: { state: 'confirmed' } });
  expect(await service.over(id, 'enrolment')).toBe('confirmed');

  expect((await row(authenticator)).confirmedAt).toBeInstanceOf(Date);
  expect(await authenticatorsOf(em(), person)).toHaveLength(1);
  expect(await caseOf(id)).toBeNull();
  expect(await told(id)).toEqual(
    [`authenticator-added ${person}`, `enrolment-link ${person}`, `enrolment-witnessed ${elm.agent}`].toSorted(),
  );
  const audit = await em().find(AuditRow, { subjectId: id }, { orderBy: { at: 1 } });
  expect(audit.map(({ what }) => what).toSorted()).toEqual(
    ['confirm', 'give-code', 'register', 'send', 'start', 'wrong-number'].map((verb) => `enrolment.${verb}`),
  );
  expect(audit.every(({ detail }) => detail['witnessing'] === 'face-to-face' && detail['witness'] === elm.agent)).toBe(true);
});

test('the letter holds the link and not the code; the link is in nothing that Temporal keeps', async () => {
  const { id, code } = await sent();
  const letter = await em().findOneOrFail(MailRow, { aboutId: id, template: 'enrolment-link' });
  const hidden = unseal(service.deps.sealingKey, sealedFor, letter.sealed!).toString();
  expect(JSON.parse(hidden)).toEqual({ page: 'http://localhost:1/enrol' });
  expect(hidden).not.toContain(code.replace('-', ''));
  expect(code).toMatch(/^[A-Z2-9]{4}-[A-Z2-9]{4}$/);
  const manager = await show(id, elm.manager);
  expect(manager.code).toBeNull(); // only the witness reads it out
  const { events } = await service.deps.temporal.workflow.getHandle(`enrolment/${id}`).fetchHistory();
  expect(JSON.stringify(events)).not.toContain(Buffer.from('localhost:1/enrol').toString('base64').slice(0, 16));
});

test('five wrong numbers remove what was registered, and both are told', async () => {
  const { id, person, authenticator } = await registered();
  for (const number of ['000001', '000002', '000003', '000004'])
    await expect(confirm(id, number)).rejects.toMatchObject({ code: 'TOO_MANY_TRIES' });
  await expect(confirm(id, '000005')).rejects.toMatchObject({ code: 'WRONG_STATE' });
  expect(await service.over(id, 'enrolment')).toBe('failed');
  expect(await row(authenticator)).toMatchObject({ confirmedAt: null, removedAt: expect.any(Date) });
  expect(await told(id)).toEqual([`enrolment-link ${person}`, `enrolment-over ${elm.agent}`, `enrolment-over ${person}`].toSorted());
  await expect(confirm(id, '123456')).rejects.toMatchObject({ code: 'WRONG_STATE' });
});

test('five wrong codes end it; a right one works once', async () => {
  const one = await sent();
  for (const left of [4, 3, 2, 1, 0]) expect(await giveCode(em(), one, 'AAAAAAAA')).toEqual({ left });
  await expect(giveCode(em(), one, one.code.replace('-', ''))).rejects.toMatchObject({ code: 'EXPIRED' });
  expect((await show(one.id)).state).toBe('failed');
  expect(await caseOf(one.id)).toBeNull();

  const other = await sent();
  expect(await giveCode(em(), other, other.code.replace('-', ''))).toBe('right');
  await expect(giveCode(em(), other, other.code.replace('-', ''))).rejects.toMatchObject({ code: 'EXPIRED' });
});

test('nothing is registered without the code', async () => {
  const enrolment = await sent();
  await expect(registerBy(em(), enrolment)).rejects.toMatchObject({ code: 'EXPIRED' });
  expect(await em().count(AuthenticatorRow, { person: enrolment.person })).toBe(0);
});

test('nobody witnesses themselves, and nobody else than the witness confirms or withdraws', async () => {
  await expect(start(elm.agent, elm.agent)).rejects.toMatchObject({ code: 'SAME_PERSON' });
  const { id } = await registered();
  await expect(confirm(id, '123456', elm.manager)).rejects.toMatchObject({ code: 'NOT_PERMITTED' });
  await expect(withdrawEnrolment.perform(service.deps, by(elm.manager), { id }, {})).rejects.toMatchObject({ code: 'NOT_PERMITTED' });
  await expect(confirm(id, '123456', elm.sponsor)).rejects.toMatchObject({ code: 'NOT_PERMITTED' });
});

test('a witness whose position ended cannot confirm any more', async () => {
  const { id } = await registered();
  service.hooks.beforeRecord = () => endPositionsOf(service.orm, elm.agent);
  await expect(confirm(id, '123456'))
    .rejects.toMatchObject({ code: 'NOT_FOUND' })
    .finally(() => {
      service.hooks.beforeRecord = async () => {};
    });
});

test.each([
  ['has no e-mail address', { email: null }],
  ['changed it in the last 72 hours', { contactChangedAt: new Date(Date.now() - 71 * 3_600_000) }],
  ['is suspended', { state: 'suspended' as const }],
])('no link is sent to somebody who %s', async (_what, changed) => {
  await em().nativeUpdate(PersonRow, { id: elm.beneficiary }, changed);
  await expect(start()).rejects.toMatchObject({ code: 'WRONG_STATE' });
});

test('no link is sent to an address that two people have, nor a second while one is open', async () => {
  await em().nativeUpdate(PersonRow, { id: elm.receptionist }, { email: `${elm.beneficiary}@EXAMPLE.org` });
  await expect(start()).rejects.toMatchObject({ code: 'WRONG_STATE' });
  await em().nativeUpdate(PersonRow, { id: elm.receptionist }, { email: 'own@example.org' });
  const { id } = await sent();
  await expect(start()).rejects.toMatchObject({ code: 'WRONG_STATE' });
  await withdrawEnrolment.perform(service.deps, by(), { id }, {});
  expect(await service.over(id, 'enrolment')).toBe('withdrawn');
  await expect(sent()).resolves.toMatchObject({ state: 'asked' });
});

test('while the authentication service is away the case is shown as failing, and goes on when it is back', async () => {
  const { instead } = service.hooks;
  instead['sendEnrolmentLink'] = () => Promise.reject(Object.assign(new Error('away'), { name: 'AuthenticationUnreachable' }));
  const outcome = await start();
  if (outcome.is !== 'saved') throw new Error(outcome.is);
  const { id } = outcome.answer;
  await eventually(async () =>
    expect(await caseOf(id)).toMatchObject({ failingWhat: 'sendEnrolmentLink', failingError: 'AuthenticationUnreachable' }),
  );
  delete instead['sendEnrolmentLink'];
  await eventually(async () => expect(await caseOf(id)).toMatchObject({ stage: 'sent', failingSince: null }), 30_000);
});

test('past the minutes what was registered is removed, and shown as over in the list', async () => {
  const { id, authenticator } = await registered({ withinMinutes: 60 });
  expect(await service.skipUntilOver(id, 'enrolment')).toBe('expired');
  expect(await row(authenticator)).toMatchObject({ confirmedAt: null, removedAt: expect.any(Date) });
  const over = await listEnrolments.perform(service.deps, by(), {}, { state: 'over', organisation: elm.code });
  expect(over).toMatchObject({ count: 1, enrolments: [{ id, state: 'expired' }], next: null });
  expect((await listEnrolments.perform(service.deps, by(), {}, { state: 'open', organisation: elm.code })).count).toBe(0);
});

test('a manager has the witness reminded, and ends what is stuck: what was registered is removed', async () => {
  const { id, person, authenticator } = await registered();
  const at = { kind: 'enrolment', id } as const;
  expect(await remindOfCase.perform(service.deps, by(elm.manager), at, {})).toMatchObject({ is: 'saved' });
  expect(await told(id)).toContain(`case-reminder ${elm.agent}`);
  const why = { reason: 'begun-by-mistake', words: 'Not the right person' } as const;
  expect(await endOpenCase.perform(service.deps, by(elm.manager), at, why)).toMatchObject({ is: 'saved' });
  expect(await service.over(id, 'enrolment')).toBe('ended');
  expect(await row(authenticator)).toMatchObject({ confirmedAt: null, removedAt: expect.any(Date) });
  expect(await caseOf(id)).toBeNull();
  expect(await told(id)).toEqual(expect.arrayContaining([`enrolment-over ${elm.agent}`, `enrolment-over ${person}`]));
});

test('a case whose workflow was lost is begun again from the rows, and confirmed', async () => {
  const { id } = await registered();
  const handle = service.deps.temporal.workflow.getHandle(`enrolment/${id}`);
  await handle.terminate('lost, for this test');
  const again = await startAgain(em(), { kind: 'enrolment', id }, service.deps);
  expect(await beginAgainNow(service.deps, again)).toBe(true);
  expect(await confirm(id, '123456')).toMatchObject({ is: 'saved', answer: { state: 'confirmed' } });
  expect(await em().count(AuditRow, { subjectId: id, what: 'open-case.begin-again' })).toBe(1);
});
