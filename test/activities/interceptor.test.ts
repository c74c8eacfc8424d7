import { randomUUID } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { activityInterceptor } from '../../activities/interceptor.ts';
import { PrintFailed } from '../../activities/printing.ts';
import { findOpenCase, recordOpenCase } from '../../db/open-case/open-case.ts';
import { Refusal } from '../../domain/refusal.ts';
import { anOrganisation, databaseOfThisWorker } from '../support/database.ts';

let orm: MikroORM;
let id: string;
beforeAll(async () => void (orm = await databaseOfThisWorker()));
afterAll(() => orm.close());
beforeEach(async () => {
  id = randomUUID();
  const { code } = await anOrganisation(orm);
  const open = { kind: 'card-issue', id, organisation: code, person: null, stage: 'printing', waitsFor: 'printer', since: new Date() };
  await recordOpenCase(orm.em.fork(), open);
});

/** An attempt of an activity of this case; scheduled first so many seconds before this attempt. */
function attempt(
  n: number,
  act: () => Promise<unknown>,
  { workflowId = `card-issue/${id}`, activityType = 'printCard', reset = false } = {},
) {
  const at = Date.now();
  const info = {
    workflowExecution: { workflowId, runId: randomUUID() },
    activityType,
    attempt: n,
    scheduledTimestampMs: n > 1 || reset ? at - 60_000 : at,
    currentAttemptScheduledTimestampMs: at,
    retryPolicy: { initialInterval: 5000, maximumInterval: 60_000 },
  };
  const interceptors = [activityInterceptor(orm)];
  return new MockActivityEnvironment(info, { interceptors, logger: new DefaultLogger('ERROR') }).run(act);
}
const shown = () => findOpenCase(orm.em.fork(), 'card-issue', id);
const fails = (error: Error) => () => Promise.reject(error);
const inSeconds = (at: Date | null | undefined) => Math.round(((at?.getTime() ?? 0) - Date.now()) / 1000);

test('a fault marks the case with facts: what, its class, the thing, the tries, and when it is tried next', async () => {
  const printer = randomUUID();
  await expect(attempt(1, fails(new PrintFailed('PrinterUnreachable', printer)))).rejects.toThrow();
  const first = await shown();
  expect(first).toMatchObject({ failingWhat: 'printCard', failingError: 'PrinterUnreachable', failingThing: printer, attempts: 1 });
  expect(inSeconds(first.nextTryAt)).toBe(5);

  await expect(attempt(3, fails(new PrintFailed('PrinterUnreachable', printer)))).rejects.toThrow();
  const third = await shown();
  expect(third.failingSince).toEqual(first.failingSince);
  expect(third.attempts).toBe(3);
  expect(inSeconds(third.nextTryAt)).toBe(20);
  await expect(attempt(9, fails(new Error('x')))).rejects.toThrow();
  expect(inSeconds((await shown()).nextTryAt)).toBe(60);
});

test('a message, which may hold a name, is not kept', async () => {
  await expect(attempt(1, fails(new TypeError('Ben Adeyemi')))).rejects.toThrow();
  expect(JSON.stringify(await shown())).not.toContain('Ben');
  expect(await shown()).toMatchObject({ failingError: 'TypeError' });
});

test('working again clears its own mark, and not that of another activity', async () => {
  await expect(attempt(1, fails(new Error('x')))).rejects.toThrow();
  await attempt(2, async () => {}, { activityType: 'tellOfCardIssue' });
  expect(await shown()).toMatchObject({ failingWhat: 'printCard' });
  await attempt(2, async () => {});
  expect(await shown()).toMatchObject({ failingSince: null, failingWhat: null, attempts: 0, nextTryAt: null });
});

test('after “retry now” it is attempt 1 again, and its success clears the mark', async () => {
  await expect(attempt(4, fails(new Error('x')))).rejects.toThrow();
  await attempt(1, async () => {}, { reset: true });
  expect(await shown()).toMatchObject({ failingSince: null });
});

test('an attempt that follows one whose worker died says so, until it is known better', async () => {
  let during: unknown;
  await attempt(2, async () => void (during = await shown()));
  expect(during).toMatchObject({ failingError: 'WorkerEnded', attempts: 1 });
  expect(await shown()).toMatchObject({ failingSince: null });
});

test('a refusal is no fault: not retried, carries its code, marks nothing', async () => {
  const refused = attempt(1, fails(new Refusal('WRONG_STATE', 'Already done', { by: 'x' })));
  await expect(refused).rejects.toMatchObject({ type: 'WRONG_STATE', nonRetryable: true, details: [{ by: 'x' }] });
  expect(await shown()).toMatchObject({ failingSince: null });
});

test('being asked to stop is no fault', async () => {
  await expect(attempt(1, fails(new CancelledFailure('CANCELLED')))).rejects.toThrow();
  expect(await shown()).toMatchObject({ failingSince: null });
});

test('a failure made for Temporal is named by its type', async () => {
  await expect(attempt(1, fails(ApplicationFailure.create({ type: 'FraudSourceUnreachable', message: 'x' })))).rejects.toThrow();
  expect(await shown()).toMatchObject({ failingError: 'FraudSourceUnreachable' });
});

test('a workflow that is no case fails as it would without us', async () => {
  await expect(attempt(1, fails(new Error('x')), { workflowId: 'renewal-sweep-2027-02-25T09:00:00Z' })).rejects.toThrow('x');
  await expect(attempt(1, fails(new Error('x')), { workflowId: 'open-case-sweep/not-an-id' })).rejects.toThrow('x');
});
