import { randomUUID } from 'node:crypto';
import {
  answerAddress,
  declare,
  listIdentityChecks,
  release,
  showDuplicate,
  showIdentityCheck,
  take,
  takeNext,
} from '../../commands/identity-check.ts';
import { ApplicationRow } from '../../db/application/application.ts';
import { type Cause } from '../../db/audit.ts';
import { personIdOf, recordPersonOf } from '../../db/person/care-id.ts';
import { candidatesFor } from '../../db/identity-check/duplicate.ts';
import { OpenCaseRow } from '../../db/open-case/open-case.ts';
import { MailRow } from '../../db/mail/mail.ts';
import { PersonRow } from '../../db/person/person.ts';
import { anOrganisation, aPerson, aRoleProfile, type Organisation } from '../support/database.ts';
import { anExpectedApplication, atWork, keyed, openOnly, person, saved } from '../support/identity-check.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let elm: Organisation;
beforeAll(async () => void (service = await startService()));
afterAll(() => service.stop());
beforeEach(async () => void (elm = await anOrganisation(service.orm)));

const rowOf = (id: string) => service.orm.em.fork().findOneOrFail(ApplicationRow, { id });
const change = (id: string, values: Partial<ApplicationRow>) => service.orm.em.fork().nativeUpdate(ApplicationRow, { id }, values);
const due = (id: string, days: number) =>
  service.orm.em.fork().nativeUpdate(OpenCaseRow, { id }, { due: new Date(Date.now() + days * 86_400_000) });
const next = (checker: string) => saved(takeNext.perform(service.deps, keyed(person(checker)), {}, {}));
const list = (checker: string, input: Partial<Parameters<typeof listIdentityChecks.perform>[3]> = {}) =>
  listIdentityChecks.perform(service.deps, person(checker), {}, { view: 'waiting', ...input });
const several = async (count: number) => {
  const ids: string[] = [];
  for (let at = 0; at < count; at += 1) ids.push(await anExpectedApplication(service, elm, { types: ['pass-card'] }));
  return ids;
};
async function checkers(count: number): Promise<string[]> {
  const made: string[] = [];
  for (let at = 0; at < count; at += 1) {
    const checker = await aPerson(service.orm, { organisation: elm.code, dateOfBirth: '1955-05-05' });
    await aRoleProfile(service.orm, { person: checker, organisation: elm.code, jobRole: 'R8009', activities: ['B0267'] });
    made.push(checker);
  }
  return made;
}

test('of several who take the next one at once, each gets another, what is due first goes first', async () => {
  const ids = await several(4);
  for (const [at, id] of ids.entries()) await due(id, 10 - at);
  const three = await checkers(3);

  const got = await Promise.all(three.map((checker) => next(checker)));

  expect(got.map(({ id }) => id).toSorted()).toEqual(ids.slice(1).toSorted());
  expect(await next(elm.receptionist)).toEqual({ id: ids[0] });
  expect(await next(elm.receptionist)).toEqual({ id: null });
});

test('the same key takes one, and gives the same answer', async () => {
  await several(2);
  const writer = keyed(person(elm.receptionist));
  const first = await saved(takeNext.perform(service.deps, writer, {}, {}));
  expect(await saved(takeNext.perform(service.deps, writer, {}, {}))).toEqual(first);
  expect((await list(elm.receptionist, { view: 'mine' })).checks).toHaveLength(1);
});

test('others see who has it and until when; by hand or by time it waits again', async () => {
  const [id] = (await several(1)) as [string];
  const work = atWork(service, elm.receptionist, id);
  await work.take();
  expect((await list(elm.agent)).checks).toMatchObject([
    { id, takenBy: elm.receptionist, takenByName: 'Rosa Marsh', takenUntil: expect.any(String) },
  ]);
  expect(await list(elm.agent, { free: 'yes' })).toMatchObject({ checks: [], counts: { waiting: 1, free: 0 } });
  await expect(atWork(service, elm.agent, id).take()).rejects.toMatchObject({ code: 'WRONG_STATE', details: { by: elm.receptionist } });

  await saved(release.perform(service.deps, keyed(person(elm.receptionist)), { id }, {}));
  expect((await list(elm.agent)).checks).toMatchObject([{ id, takenBy: null, state: 'expected' }]);
  await work.take();
  await change(id, { leasedUntil: new Date(Date.now() - 1) });
  expect((await list(elm.agent)).checks).toMatchObject([{ id, takenBy: null }]);
  expect(await next(elm.agent)).toEqual({ id });
  await expect(work.declare()).rejects.toMatchObject({ code: 'WRONG_STATE', details: { by: elm.agent } });
  await expect(saved(release.perform(service.deps, keyed(person(elm.receptionist)), { id }, {}))).rejects.toMatchObject({
    code: 'WRONG_STATE',
  });
});

test('each answer gives 15 more minutes, and one that came late counts while nobody else took it', async () => {
  const [id] = [await anExpectedApplication(service, elm, { types: ['bank-account'] })];
  const work = atWork(service, elm.receptionist, id);
  await work.take();
  await expect(work.address()).rejects.toMatchObject({ code: 'WRONG_STATE', details: { declaration: 'missing' } });
  await work.declare();
  await change(id, { leasedUntil: new Date(Date.now() - 60_000) });
  await work.document((await work.documents())[0]!);
  expect((await rowOf(id)).leasedUntil!.getTime()).toBeGreaterThan(Date.now() + 14.9 * 60_000);
  const other = keyed(person(elm.agent));
  await expect(saved(answerAddress.perform(service.deps, other, { id }, { shows: 'same' }))).rejects.toMatchObject({ code: 'WRONG_STATE' });
});

test('who knows the person is not given them again, others are', async () => {
  const [id] = (await several(1)) as [string];
  await next(elm.receptionist);
  const said = await saved(declare.perform(service.deps, keyed(person(elm.receptionist)), { id }, { declaration: 'knows' }));
  expect(said).toEqual({ id, isYours: false });
  expect(await next(elm.receptionist)).toEqual({ id: null });
  await expect(saved(take.perform(service.deps, keyed(person(elm.receptionist)), { id }, {}))).rejects.toMatchObject({
    code: 'NOT_PERMITTED',
  });
  expect((await list(elm.receptionist)).checks).toMatchObject([{ id, isNotForMe: true, takenBy: null }]);
  expect(await next(elm.agent)).toEqual({ id });
});

test('nobody is given what looks like their own, however it is written', async () => {
  const [checker] = (await checkers(1)) as [string];
  const own = { familyName: 'Óbrien', givenName: 'Sean', dateOfBirth: '1971-03-04' };
  await service.orm.em
    .fork()
    .nativeUpdate(PersonRow, { id: checker }, { familyName: 'O’Brien', givenNames: 'Seán', dateOfBirth: '1971-03-04' });
  const id = await anExpectedApplication(service, elm, { ...own, types: ['pass-card'] });
  expect(await next(checker)).toEqual({ id: null });
  await expect(saved(take.perform(service.deps, keyed(person(checker)), { id }, {}))).rejects.toMatchObject({ code: 'SAME_PERSON' });
});

test('a queue is paged without gaps, narrowed, and shows what is late', async () => {
  const ids = await several(3);
  for (const [at, id] of ids.entries()) await due(id, at - 1.5);
  const first = await list(elm.receptionist);
  expect(first.checks.map(({ id, isLate }) => [id, isLate])).toEqual([[ids[0], true], [ids[1], true], [ids[2], false]]); // prettier-ignore
  expect(first.counts).toMatchObject({ waiting: 3, mine: 0, done: 0, late: 2, free: 3 });
  expect((await list(elm.receptionist, { late: 'yes' })).checks).toHaveLength(2);
  const cursor = Buffer.from(`${first.checks[0]!.dueAt} ${ids[0]}`).toString('base64url');
  expect((await list(elm.receptionist, { after: cursor })).checks.map(({ id }) => id)).toEqual(ids.slice(1));
  expect((await list(elm.receptionist, { after: 'nonsense' })).checks).toHaveLength(3);
  expect((await list(elm.agent, { organisation: elm.trust })).checks).toEqual([]);
  const oak = await anOrganisation(service.orm);
  expect((await list(oak.receptionist)).checks).toEqual([]);
  await expect(list(elm.sponsor)).rejects.toMatchObject({ code: 'NOT_PERMITTED' });
  await expect(showIdentityCheck.perform(service.deps, person(oak.receptionist), { id: ids[0]! }, {})).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
  await expect(showIdentityCheck.perform(service.deps, person(elm.sponsor), { id: ids[0]! }, {})).rejects.toMatchObject({
    code: 'NOT_PERMITTED',
  });
});

test('possible duplicates are found by number, by e-mail, and by a date and name near enough; nobody else', async () => {
  const birth = '1988-03-05';
  const nobody = { organisation: elm.code, dateOfBirth: '1950-01-01' };
  const email = `${randomUUID()}@example.org`;
  const number = 'AB112233C';
  const found = {
    number: await aPerson(service.orm, { ...nobody, named: 'Someone Else', nationalInsuranceNumber: number }),
    email: await aPerson(service.orm, { ...nobody, named: 'Somebody Other', email: email.toUpperCase() }),
    name: await aPerson(service.orm, { ...nobody, named: 'Kathryn Quillfeather', dateOfBirth: birth }),
    swapped: await aPerson(service.orm, { ...nobody, named: 'Quillfeather Katherine', dateOfBirth: '1988-05-03' }),
    slip: await aPerson(service.orm, { ...nobody, named: 'Katherine Quillfeather', dateOfBirth: '1988-03-06', state: 'closed' }),
  };
  await aPerson(service.orm, { ...nobody, named: 'Katherine Quillfeather', dateOfBirth: '1961-07-19' });
  await aPerson(service.orm, { ...nobody, named: 'Timothy Bone', dateOfBirth: birth });
  const applied = { givenName: 'Katherine', familyName: 'Quillfeather', dateOfBirth: birth, nationalInsuranceNumber: number, email };
  const other = await anExpectedApplication(service, elm, { ...applied, types: ['pass-card'] });
  const id = await anExpectedApplication(service, elm, { ...applied, types: ['pass-card'] });
  await change(other, { state: 'withdrawn' });
  expect((await candidatesFor(service.orm.em.fork(), await rowOf(id))).map(({ person: { id: who } }) => who).toSorted()).toEqual(
    Object.values(found).toSorted(),
  );
  await change(other, { state: 'submitted' });
  const candidates = await candidatesFor(service.orm.em.fork(), await rowOf(id));
  expect(candidates[0]).toMatchObject({
    person: { key: `application/${other}` },
    reasons: ['same-number', 'same-name-and-birth', 'same-email'],
  });
  expect(candidates).toHaveLength(6);
  const work = atWork(service, elm.receptionist, id);
  await work.take();
  await work.declare();
  const shown = await showDuplicate.perform(service.deps, person(elm.receptionist), { id, kind: 'person', other: found.slip }, {});
  expect(openOnly(shown)).toMatchObject({ record: { id: found.slip }, reasons: ['same-name-similar-birth'] });
  await expect(
    showDuplicate.perform(service.deps, person(elm.receptionist), { id, kind: 'person', other: elm.sponsor }, {}),
  ).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('a person is made once, with a Care ID that nobody had, however often it is tried', async () => {
  const id = await anExpectedApplication(service, elm, { types: ['pass-card'] });
  const row = await rowOf(id);
  const taken = (await service.orm.em.fork().findOneOrFail(PersonRow, { id: elm.sponsor })).careId;
  const free = String(Math.floor(Math.random() * 1e12)).padStart(12, '0');
  const numbers = [taken, taken, free, '111111111111'];
  const cause: Cause = {
    id: `identity-proofing/${id}/7`,
    at: new Date(),
    who: elm.receptionist,
    via: 'api',
    caseId: `identity-proofing/${id}`,
  };
  const proved = { level: 3 as const, profile: 'H1B', checkedBy: elm.receptionist };
  const make = () => service.orm.em.fork().transactional((em) => recordPersonOf(em, row, proved, cause, () => numbers.shift()!));
  const first = await make();
  expect(first).toMatchObject({ id: personIdOf(id), careId: free, identityAssuranceLevel: 3, checkedBy: elm.receptionist });
  const again = await make();
  expect(again.careId).toBe(free);
  expect(await service.orm.em.fork().count(MailRow, { toId: first.id })).toBe(1);
  expect(await service.orm.em.fork().find(MailRow, { template: 'position-needed', aboutId: first.id })).toMatchObject([
    { toId: elm.agent },
  ]);
  await expect(
    service.orm.em.fork().transactional((em) => recordPersonOf(em, Object.assign(row, { id: randomUUID() }), proved, cause, () => taken)),
  ).rejects.toThrow('No Care ID was free');
});
