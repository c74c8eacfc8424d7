/** Two cards: one through every answer of a printer, put aside once, issued in the end; one handed over, reminded of, and ended. */
import { randomUUID } from 'node:crypto';
import { CaseEndingRow } from '../../../db/open-case/case-ending.ts';
import { cardDesk, passcode, until } from '../../support/card-issue.ts';
import { anOrganisation, aPerson, aRoleProfile } from '../../support/database.ts';
import { saveHistory } from '../../support/history.ts';
import type { Service } from '../../support/service.ts';

export async function saveCardIssues(service: Service): Promise<void> {
  const elm = await anOrganisation(service.orm);
  const desk = await cardDesk(service, elm);
  const outcomes = ['failed', 'unknown', 'printed', 'printed'];
  service.hooks.instead = { printCard: async () => outcomes.shift() };

  const id = await desk.start();
  const print = () => desk.post(`/card-issues/${id}/print`, { printer: desk.printer }).expect(200);
  await print();
  await until(async () => (await desk.stageOf(id)) === 'choosing' && outcomes.length === 3);
  await print();
  await until(async () => (await desk.stageOf(id)) === 'asking-whether-printed');
  await desk.post(`/card-issues/${id}/printed`, { printed: 'no' }).expect(200);
  await desk.print(id);
  await desk.toWritten(id);
  await desk.post(`/card-issues/${id}/discard`, { destroyed: 'yes' }).expect(200);
  await desk.print(id);
  await desk.toWritten(id);
  await desk.post(`/card-issues/${id}/recognition`, { recognised: 'yes' }).expect(200);
  await desk.answer(id, undefined, { passcode });
  await service.over(id, 'card-issue');
  await saveHistory(service, 'card-issue.issued', `card-issue/${id}`);

  const oak = await anOrganisation(service.orm);
  const other = await cardDesk(service, oak);
  const [agent, second] = [
    await aPerson(service.orm, { named: 'Una Reid', organisation: oak.trust }),
    await aPerson(service.orm, { named: 'Ivo Lang', organisation: oak.trust }),
  ];
  await aRoleProfile(service.orm, { person: agent, organisation: oak.trust, jobRole: 'R5090' });
  await aRoleProfile(service.orm, { person: second, organisation: oak.trust, jobRole: 'R5080' });
  service.hooks.instead = { printCard: async () => 'printed' };
  const ended = await other.start();
  await other.print(ended);
  await other.answer(ended, await other.desk.blank());
  const path = `/open-cases/card-issue/${ended}`;
  await other.post(`${path}/hand-over`, { to: agent }, { as: oak.manager }).expect(200);
  await other.post(`${path}/reminder`, {}, { as: oak.manager }).expect(200);
  await other.post(`${path}/end`, { reason: 'other', words: randomUUID() }, { as: oak.manager }).expect(200);
  const { id: ending } = await service.orm.em.fork().findOneOrFail(CaseEndingRow, { caseId: ended });
  await other.post(`${path}/endings/${ending}/agreement`, {}, { as: second }).expect(200);
  await service.over(ended, 'card-issue');
  await saveHistory(service, 'card-issue.ended', `card-issue/${ended}`);
}
