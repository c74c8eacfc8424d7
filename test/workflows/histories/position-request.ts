/** Two requests through everything that can happen to one: asked, sent back, answered, handed to a sponsor, approved; and forgotten. */
import { randomUUID } from 'node:crypto';
import { decide, nameSponsor, resubmit, submit } from '../../../commands/position-request.ts';
import { anOrganisation } from '../../support/database.ts';
import { inDays } from '../../support/days.ts';
import { saveHistory } from '../../support/history.ts';
import type { Service } from '../../support/service.ts';

export async function savePositionRequests(service: Service): Promise<void> {
  const elm = await anOrganisation(service.orm);
  const by = (person: string) => ({ kind: 'person' as const, id: person, via: 'web' as const, key: randomUUID() });
  const asked = { beneficiary: elm.beneficiary, position: elm.position, startsOn: inDays(1), why: 'Front desk' };
  const submitted = async (positionRequestTerms = service.deps.positionRequestTerms): Promise<string> => {
    const outcome = await submit.perform({ ...service.deps, positionRequestTerms }, by(elm.agent), { organisation: elm.code }, asked);
    if (outcome.is !== 'saved') throw new Error(outcome.is);
    return outcome.answer.id;
  };
  const { deps } = service;

  const id = await submitted();
  await decide.perform(deps, by(elm.sponsor), { id }, { decision: 'send-back', text: 'Which desk?' });
  await resubmit.perform(deps, by(elm.agent), { id }, { text: 'The one upstairs' });
  await nameSponsor.perform(deps, by(elm.manager), { id }, { sponsor: elm.otherSponsor });
  await decide.perform(deps, by(elm.otherSponsor), { id }, { decision: 'approve' });
  await service.over(id);
  await saveHistory(service, 'position-request.approved', `position-request/${id}`);

  const forgotten = await submitted({ remindAfterWorkingDays: 2, escalateAfterWorkingDays: 5, expireAfterDays: 30 });
  await service.skipDays(31);
  await service.over(forgotten);
  await saveHistory(service, 'position-request.expired', `position-request/${forgotten}`);
}
