/** What an attempt asks first: whether one before it did the same, in whatever month that was. */
import { randomUUID } from 'node:crypto';
import { jest } from '@jest/globals';
import type { MikroORM } from '@mikro-orm/postgresql';
import { AuditRow, type Cause, isRecorded, recordAudit, type Recorded } from '../../db/audit.ts';
import { databaseOfThisWorker } from '../support/database.ts';

let orm: MikroORM;
let id: string;
beforeAll(async () => void (orm = await databaseOfThisWorker()));
afterAll(() => orm.close());
beforeEach(() => void (id = randomUUID()));

const em = () => orm.em.fork();
const caseId = () => `position-request/${id}`;
const cause = (at: string, activity = '7'): Cause => ({
  id: `${caseId()}/${activity}`,
  at: new Date(at),
  who: randomUUID(),
  via: 'web',
  caseId: caseId(),
});
const approval = (): Recorded => ({
  what: 'position-request.approve',
  subjectKind: 'position-request',
  subjectId: id,
  organisation: 'A81001',
  detail: {},
});
const beforeMidnight = '2026-10-31T23:59:59.900Z';

test('an attempt in another month finds what the one before it did, and records it no second time', async () => {
  await recordAudit(em(), cause(beforeMidnight), approval());
  expect(await isRecorded(em(), cause(beforeMidnight), approval().what)).toBe(true);
  expect(await isRecorded(em(), cause('2027-01-01T00:00:00Z'), approval().what)).toBe(true); // a reset came in between
  await recordAudit(em(), cause(beforeMidnight), approval());
  expect(await em().count(AuditRow, { caseId: caseId() })).toBe(1);
});

test('another activity, another verb and another case are not taken for it', async () => {
  await recordAudit(em(), cause(beforeMidnight), approval());
  expect(await isRecorded(em(), cause(beforeMidnight, '8'), approval().what)).toBe(false);
  expect(await isRecorded(em(), cause(beforeMidnight), 'position-request.reject')).toBe(false);
  id = randomUUID();
  expect(await isRecorded(em(), cause(beforeMidnight), approval().what)).toBe(false);
});

test('what was rolled back is not recorded', async () => {
  const failing = em().transactional(async (tx) => {
    await recordAudit(tx, cause(beforeMidnight), approval());
    throw new Error('the worker dies');
  });
  await expect(failing).rejects.toThrow('the worker dies');
  expect(await isRecorded(em(), cause(beforeMidnight), approval().what)).toBe(false);
});

test('of two attempts at once both are answered, and one is recorded', async () => {
  await Promise.all([1, 2].map(() => em().transactional((tx) => recordAudit(tx, cause(beforeMidnight), approval()))));
  expect(await em().count(AuditRow, { caseId: caseId() })).toBe(1);
  expect(await isRecorded(em(), cause(beforeMidnight), approval().what)).toBe(true);
});

test('to ask opens no month of the audit', async () => {
  const asking = em();
  const execute = jest.spyOn(asking.getConnection(), 'execute');
  await isRecorded(asking, cause(beforeMidnight), approval().what);
  const queries = execute.mock.calls.map(([sql]) => (typeof sql === 'string' ? sql : ''));
  execute.mockRestore();
  expect(queries).toHaveLength(1);
  expect(queries[0]).toMatch(/recorded_cause/);
  expect(queries[0]).not.toMatch(/\baudit\b/);
  const plan = await em().transactional(async (tx) => {
    await tx.execute(`set local enable_seqscan = off`); // a table of a few rows is not worth its index
    return tx.execute<Array<{ 'QUERY PLAN': string }>>(`explain ${queries[0]}`, { id: 'x', what: 'y' });
  });
  expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toMatch(/Index Only Scan|Index Scan|Bitmap/);
});

test('a sign-in leaves nothing here: only what is tried again asks', async () => {
  const signIn = { ...cause(beforeMidnight), id: `sign-in/${id}`, caseId: null };
  await recordAudit(em(), signIn, approval());
  expect(await em().execute(`select from recorded_cause where id = :id`, { id: signIn.id })).toHaveLength(0);
});
