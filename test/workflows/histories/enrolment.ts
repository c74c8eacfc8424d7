/** Three registrations: confirmed after a wrong number, out of time, and withdrawn. */
import { randomUUID } from 'node:crypto';
import { confirmEnrolment, showEnrolment, startEnrolling, withdrawEnrolment } from '../../../commands/enrolment.ts';
import { anOrganisation } from '../../support/database.ts';
import { giveCode, registerBy } from '../../support/enrolment.ts';
import { eventually } from '../../support/eventually.ts';
import { saveHistory } from '../../support/history.ts';
import type { Service } from '../../support/service.ts';

export async function saveEnrolments(service: Service): Promise<void> {
  const elm = await anOrganisation(service.orm);
  const by = () => ({ kind: 'person' as const, id: elm.agent, via: 'web' as const, key: randomUUID() });
  const started = async (withinMinutes = 10_000): Promise<string> => {
    const deps = { ...service.deps, enrolmentTerms: { withinMinutes } };
    const outcome = await startEnrolling.perform(deps, by(), { person: elm.beneficiary }, { witnessing: 'video' });
    if (outcome.is !== 'saved') throw new Error(outcome.is);
    await eventually(async () => expect((await shown(outcome.answer.id)).state).toBe('sent'));
    return outcome.answer.id;
  };
  const shown = (id: string) => showEnrolment.perform(service.deps, by(), { id }, {});

  const id = await started();
  const { code, person, organisation } = await shown(id);
  await giveCode(service.orm.em.fork(), { id, person }, code!.replace('-', ''));
  await registerBy(service.orm.em.fork(), { id, person, organisation });
  await confirmEnrolment.perform(service.deps, by(), { id }, { number: '654321' }).catch(() => {});
  await confirmEnrolment.perform(service.deps, by(), { id }, { number: '123 456' });
  await service.over(id, 'enrolment');
  await saveHistory(service, 'enrolment.confirmed', `enrolment/${id}`);

  const withdrawn = await started();
  await withdrawEnrolment.perform(service.deps, by(), { id: withdrawn }, {});
  await service.over(withdrawn, 'enrolment');
  await saveHistory(service, 'enrolment.withdrawn', `enrolment/${withdrawn}`);

  const forgotten = await started();
  await service.skipDays(8);
  await service.over(forgotten, 'enrolment');
  await saveHistory(service, 'enrolment.expired', `enrolment/${forgotten}`);
}
