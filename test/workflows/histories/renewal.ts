/** A renewal that the sweep opened and its holder did, one that reminded for days and was ended; the sweep, and what runs each day. */
import { randomUUID } from 'node:crypto';
import { cardDesk, passcode, until } from '../../support/card-issue.ts';
import { anOrganisation } from '../../support/database.ts';
import { saveHistory } from '../../support/history.ts';
import { MailRow } from '../../../db/mail/mail.ts';
import { endsInDays, openedFor } from '../../support/renewal.ts';
import type { Service } from '../../support/service.ts';

const terms = { windowDays: 90, remindDaysBefore: [90, 30, 7, 1], remindEveryDays: 1 };

export async function saveRenewals(service: Service): Promise<void> {
  service.hooks.instead = { printCard: async () => 'printed' };
  const done = await anEnding(service, 60);
  const forgotten = await anEnding(service, 2);
  const sweep = await run(service, 'renewalSweep', [terms, { pageSize: 200 }]);
  await saveHistory(service, 'renewal.sweep', sweep);
  const [first, last] = [await openedFor(service, done.certificate), await openedFor(service, forgotten.certificate)];

  // First of all: the test server's clock stands still once a child of a workflow that is over has ended.
  await service.skipDays(3);
  await until(async () => (await service.orm.em.fork().count(MailRow, { aboutId: last })) >= 3);
  await forgotten.post(`/open-cases/renewal/${last}/reminder`, {}, { as: forgotten.manager }).expect(200);
  await forgotten.post(`/open-cases/renewal/${last}/end`, { reason: 'other', words: randomUUID() }, { as: forgotten.manager }).expect(200);
  await service.over(last, 'renewal');
  await saveHistory(service, 'renewal.ended', `renewal/${last}`);

  const { post, get, desk } = done;
  for (let step = 0; step < 3; step++) {
    const { body } = await post(`/renewals/${first}/orders`, { session: desk.session }, { as: done.holder }).expect(200);
    const ready = await get(`/renewals/${first}/orders/${body.nonce}`, done.holder).expect(200);
    const result = await desk.carryOut(ready.body, first, { passcode });
    await post(`/renewals/${first}/answers`, { nonce: body.nonce, result }, { as: done.holder }).expect(200);
  }
  await service.over(first, 'renewal');
  await saveHistory(service, 'renewal.done', `renewal/${first}`);

  await saveHistory(service, 'renewal.certificate-count', await run(service, 'certificateCount', []));
}

async function anEnding(service: Service, days: number) {
  const elm = await anOrganisation(service.orm);
  const desk = await cardDesk(service, elm);
  const { serial } = await desk.whole();
  return { ...desk, holder: elm.beneficiary, manager: elm.manager, certificate: await endsInDays(service, serial, days) };
}

/** @returns the id of the workflow, which is over */
async function run({ deps }: Service, workflow: string, args: unknown[]): Promise<string> {
  const workflowId = `${workflow}/${randomUUID()}`;
  await deps.temporal.workflow.execute(workflow, { taskQueue: deps.taskQueue, workflowId, args });
  return workflowId;
}
