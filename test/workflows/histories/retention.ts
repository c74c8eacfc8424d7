/** One run of the scheduled deletions, with something to delete. */
import { randomUUID } from 'node:crypto';
import { ApplicationRow } from '../../../db/application/application.ts';
import { retention } from '../../../workflows/retention.ts';
import { aDraft } from '../../support/application.ts';
import { anOrganisation } from '../../support/database.ts';
import { saveHistory } from '../../support/history.ts';
import type { Service } from '../../support/service.ts';

export async function saveRetention({ deps, ...service }: Service): Promise<void> {
  const elm = await anOrganisation(service.orm);
  const id = await aDraft(service.orm, elm.code);
  await service.orm.em.fork().nativeUpdate(ApplicationRow, { id }, { changedAt: new Date('2026-01-01T00:00:00Z') });
  const workflowId = `retention-${randomUUID()}`;
  const terms = { draftDays: 14, evidenceDays: 30, endedDays: 30 };
  await deps.temporal.workflow.execute(retention, { taskQueue: deps.taskQueue, workflowId, args: [terms] });
  if ((await service.orm.em.fork().count(ApplicationRow, { id })) > 0) throw new Error('nothing was deleted');
  await saveHistory({ deps, ...service }, 'retention.done', workflowId);
}
