import { randomUUID } from 'node:crypto';
import { MailRow } from '../../db/mail/mail.ts';
import { aConnection, withKey } from '../support/connection.ts';
import { anOrganisation } from '../support/database.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
beforeAll(async () => void (service = await startService()));
afterAll(() => service.stop());

test('the day’s run writes to the contacts, and the next run does not write again', async () => {
  const elm = await anOrganisation(service.orm);
  const client = await aConnection(service.orm, { organisation: elm.code });
  const run = (daysBefore: number[]) =>
    service.deps.temporal.workflow.execute('connectionWarnings', {
      taskQueue: service.deps.taskQueue,
      workflowId: `connection-warnings/${randomUUID()}`,
      args: [daysBefore],
    });
  // Far away: another test file may skip months on the clock they share.
  await withKey(service.orm, client, new Date(Date.now() + 8_000 * 86_400_000));
  const letters = () => service.orm.em.fork().count(MailRow, { aboutKind: 'client', aboutId: client, template: 'connection-ending' });
  expect(await run([7_000, 30])).toEqual(expect.any(Number));
  const none = await letters();
  await run([9_000, 30]);
  const one = await letters();
  await run([9_000, 30]);
  // The review of this system may be near by then, and is written about once as well.
  expect([one - none >= 1, await letters()]).toEqual([true, one]);
});
