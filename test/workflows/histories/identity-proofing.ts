/** Two applications through everything that can happen to one: expected, asked for more, answered, added to, verified; and forgotten. */
import { addEvidence, answerAsked, submit } from '../../../commands/application.ts';
import { anOrganisation } from '../../support/database.ts';
import { saveHistory } from '../../support/history.ts';
import { aDraft, anExpectedApplication, applicant, atWork, keyed, saved, stageDocument } from '../../support/identity-check.ts';
import type { Service } from '../../support/service.ts';

export async function saveIdentityProofings(service: Service): Promise<void> {
  const elm = await anOrganisation(service.orm);
  const { deps } = service;

  const id = await anExpectedApplication(service, elm);
  const check = atWork(service, elm.agent, id);
  await check.take();
  await check.declare();
  await check.decide({ decision: 'ask-more', asks: ['come-in-person'] });
  await saved(answerAsked.perform(deps, keyed(applicant(id)), {}, {}));
  await stageDocument(service, id, 'council-tax');
  await saved(addEvidence.perform(deps, keyed(applicant(id)), {}, {}));
  await check.everything();
  await check.decide({ decision: 'verify' });
  await service.over(id, 'identity-proofing');
  await saveHistory(service, 'identity-proofing.verified', `identity-proofing/${id}`);

  const forgotten = await aDraft(service, elm);
  const terms = { expectRemindDays: 3, expectWithinDays: 30, checkWithinDays: 5, answerRemindDays: 7, answerWithinDays: 28 };
  await saved(submit.perform({ ...deps, identityProofingTerms: terms }, keyed(applicant(forgotten)), {}, { declared: 'yes' }));
  await service.skipDays(31);
  await service.over(forgotten, 'identity-proofing');
  await saveHistory(service, 'identity-proofing.abandoned', `identity-proofing/${forgotten}`);
}
