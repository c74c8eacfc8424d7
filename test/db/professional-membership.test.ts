import { randomUUID } from 'node:crypto';
import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { AuditRow, type Cause } from '../../db/audit.ts';
import { MailRow } from '../../db/mail/mail.ts';
import { PersonRow } from '../../db/person/person.ts';
import { recordPersonState } from '../../db/person/person-state.ts';
import {
  heldMemberships,
  type NewMembership,
  professionalMembershipsOf,
  recordMembershipChecked,
  recordMembershipEnded,
  recordProfessionalMembership,
} from '../../db/person/professional-membership.ts';
import { anOrganisation, aPerson, databaseOfThisWorker, type Organisation } from '../support/database.ts';
import { inDays } from '../support/days.ts';
import { factsOf } from '../../workers/jobs/mail/facts.ts';
import { letters } from '../../workers/jobs/mail/letters.ts';
import { aGmcNumber } from '../support/professional-membership.ts';

let orm: MikroORM;
let elm: Organisation;
beforeAll(async () => void (orm = await databaseOfThisWorker()));
afterAll(() => orm.close());
beforeEach(async () => void (elm = await anOrganisation(orm)));

const causeOf = (who = elm.agent): Cause => ({ id: `test/${randomUUID()}`, at: new Date(), who, via: 'web', caseId: null });
const inTransaction = <T>(act: (em: EntityManager) => Promise<T>) => orm.em.fork().transactional(act);
async function record(given: Partial<NewMembership>, cause = causeOf()): Promise<string> {
  const membership = {
    id: randomUUID(),
    person: elm.beneficiary,
    body: 'gmc',
    number: aGmcNumber(),
    since: '2020-01-01',
    until: null,
  } as const;
  const row = { ...membership, ...given };
  await inTransaction((em) => recordProfessionalMembership(em, cause, elm.code, row));
  return row.id;
}
const check = (id: string, until: string | null = null, cause = causeOf(), person = elm.beneficiary) =>
  inTransaction((em) => recordMembershipChecked(em, cause, elm.code, { id, person, until }));
const end = (id: string, cause = causeOf(), person = elm.beneficiary) =>
  inTransaction((em) => recordMembershipEnded(em, cause, elm.code, { id, person, reason: 'not-registered' }));
const audits = () =>
  orm.em.fork().find(AuditRow, { subjectId: elm.beneficiary, what: { $like: 'professional-membership.%' } }, { orderBy: { at: 1, id: 1 } });

test('each step is saved with its record, which has neither number nor name', async () => {
  const number = aGmcNumber();
  const [id, cause] = [await record({ number }), causeOf()];
  await check(id, inDays(100), cause);
  const [held] = await heldMemberships(orm.em.fork(), elm.beneficiary);
  expect(held).toMatchObject({ id, number, since: '2020-01-01', until: inDays(100), recordedBy: elm.agent, checkedBy: elm.agent });
  expect(held!.checkedAt).toEqual(cause.at);
  expect(await end(id)).toEqual(['gmc']);
  expect(await heldMemberships(orm.em.fork(), elm.beneficiary)).toEqual([]);
  expect(await professionalMembershipsOf(orm.em.fork(), elm.beneficiary)).toMatchObject([
    { id, endedBy: elm.agent, endReason: 'not-registered' },
  ]);
  const records = await audits();
  expect(records.map(({ what, organisation, who, detail }) => ({ what, organisation, who, detail }))).toEqual([
    { what: 'professional-membership.add', organisation: elm.code, who: elm.agent, detail: { membership: id, body: 'gmc' } },
    { what: 'professional-membership.check', organisation: elm.code, who: elm.agent, detail: { membership: id, body: 'gmc' } },
    {
      what: 'professional-membership.end',
      organisation: elm.code,
      who: elm.agent,
      detail: { membership: id, body: 'gmc', reason: 'not-registered' },
    },
  ]);
  expect(JSON.stringify(records)).not.toContain(number);
  const queued = await orm.em
    .fork()
    .find(MailRow, { toId: elm.beneficiary, template: 'professional-membership-changed' }, { orderBy: { queuedAt: 1 } });
  expect(queued.map(({ data }) => [data['what'], data['bodies']])).toEqual([
    ['add', 'gmc'],
    ['end', 'gmc'],
  ]);
  expect(JSON.stringify(queued)).not.toContain(number);
});

test('closing a Care ID ends what it has, so that another Care ID of the same person may have it; suspending does not', async () => {
  const number = aGmcNumber();
  await record({ number });
  await record({ body: 'gmp', number: `G${number}` });
  const change = (action: 'suspend' | 'close' | 'reopen') =>
    inTransaction((em) => recordPersonState(em, causeOf(elm.manager), { person: elm.beneficiary, action, reason: 'other' }));
  await change('suspend');
  expect(await heldMemberships(orm.em.fork(), elm.beneficiary)).toHaveLength(2);
  await change('close');
  expect(await heldMemberships(orm.em.fork(), elm.beneficiary)).toEqual([]);
  const ended = (await audits()).filter(({ what }) => what === 'professional-membership.end');
  expect(ended.map(({ who, detail }) => [who, detail['body'], detail['reason']])).toEqual([
    [elm.manager, 'gmc', 'closed'],
    [elm.manager, 'gmp', 'closed'],
  ]);
  await record({ number, person: await aPerson(orm, { named: 'Ben Adeyemi', organisation: elm.code }) });
  await change('reopen');
  expect(await heldMemberships(orm.em.fork(), elm.beneficiary)).toEqual([]);
});

test('the letter says which register and what came of it, and no number', () => {
  const data = { what: 'end', bodies: 'gmc gmp', at: '2026-11-25T09:00:00Z' };
  const known = { organisation: 'Elm Surgery', raContact: 'Room 12', hidden: {}, webUrl: 'https://care.example' };
  const { subject, text } = letters['professional-membership-changed'](factsOf({ ...known, data }));
  expect(subject).toBe('Your professional memberships were changed');
  expect(text).toContain(
    'Elm Surgery ended your GMC reference number and your GMP code on 25 November 2026. Clinical systems are no longer told',
  );
  expect(text).toMatch(/https:\/\/care\.example\/me.*Room 12/s);
  const added = letters['professional-membership-changed'](factsOf({ ...known, data: { ...data, what: 'add', bodies: 'nmc' } }));
  expect(added.text).toContain('recorded your NMC PIN on 25 November 2026. Clinical systems are told of it once it was found');
});

test('a number is one person’s until it ends; whoever is refused does not learn whose it is', async () => {
  const number = aGmcNumber();
  const first = await record({ number });
  const other = await aPerson(orm, { named: 'Cara Lee', organisation: elm.code });
  const refused = record({ number, person: other });
  await expect(refused).rejects.toMatchObject({ code: 'INVALID', details: { number: 'taken' } });
  await expect(refused).rejects.toThrow(/^(?!.*Ben)(?!.*Adeyemi).*recorded for somebody else/);
  await end(first);
  await record({ number, person: other });
  await expect(record({ number })).rejects.toMatchObject({ details: { number: 'taken' } });
});

test('of two who record one number at the same moment one is refused, and nothing of it is left', async () => {
  const number = aGmcNumber();
  const people = [elm.beneficiary, await aPerson(orm, { organisation: elm.code }), await aPerson(orm, { organisation: elm.code })];
  const outcomes = await Promise.allSettled(people.map((person) => record({ number, person })));
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
  const rows = await orm.em
    .fork()
    .execute<Array<{ person: string }>>(`select person from professional_membership where number = :number`, { number });
  const [{ audits: count } = { audits: '' }] = await orm.em
    .fork()
    .execute<Array<{ audits: string }>>(
      `select count(*) as audits from audit where what = 'professional-membership.add' and subject_id in (:people)`,
      { people },
    );
  expect([rows.length, Number(count)]).toEqual([1, 1]);
});

test('of two who record a register of one person at the same moment, one is refused', async () => {
  const outcomes = await Promise.allSettled([record({}), record({})]);
  const [refused] = outcomes.filter((each) => each.status === 'rejected');
  expect(refused?.reason).toMatchObject({ code: 'INVALID', details: { body: 'held' } });
  expect(await heldMemberships(orm.em.fork(), elm.beneficiary)).toHaveLength(1);
});

test('what hangs on a number ends with it, each with a record', async () => {
  const number = aGmcNumber();
  const gmc = await record({ number });
  await record({ body: 'gmp', number: `G${number}` });
  await expect(record({ body: 'consultant', number: 'C0000000' })).rejects.toMatchObject({ details: { number: 'does-not-fit' } });
  await record({ body: 'consultant', number: `C${number}` });
  await record({ body: 'rcn', number: `RCN${number}` });
  expect(await end(gmc)).toEqual(['gmc', 'consultant', 'gmp']);
  expect((await heldMemberships(orm.em.fork(), elm.beneficiary)).map(({ body }) => body)).toEqual(['rcn']);
  const ended = (await audits()).filter(({ what }) => what.endsWith('.end'));
  expect(ended.map(({ detail }) => detail['body']).sort()).toEqual(['consultant', 'gmc', 'gmp']);
});

test('nothing is done twice, to somebody else’s, to one’s own, or to a closed Care ID', async () => {
  const id = await record({});
  const other = await aPerson(orm, { organisation: elm.code });
  await expect(check(id, null, causeOf(), other)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(end(id, causeOf(), other)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  const own = causeOf(elm.beneficiary);
  await expect(record({ body: 'rcn', number: 'RCN1' }, own)).rejects.toMatchObject({ code: 'SAME_PERSON' });
  await expect(check(id, null, own)).rejects.toMatchObject({ code: 'SAME_PERSON' });
  await expect(end(id, own)).rejects.toMatchObject({ code: 'SAME_PERSON' });
  await expect(check(id, inDays(-1))).rejects.toMatchObject({ code: 'INVALID', details: { until: 'not-now' } });
  await end(id);
  await expect(end(id)).rejects.toMatchObject({ code: 'WRONG_STATE', details: { by: elm.agent } });
  await expect(check(id)).rejects.toMatchObject({ code: 'WRONG_STATE' });
  expect(await audits()).toHaveLength(2);
  await orm.em.fork().nativeUpdate(PersonRow, { id: elm.beneficiary }, { state: 'closed' });
  await expect(record({})).rejects.toMatchObject({ code: 'WRONG_STATE', details: { state: 'closed' } });
});
