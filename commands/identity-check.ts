/** Identity checks: the queue, the tasks, the outcome. */
export { askFraudSources, decide } from './identity-check/decide.ts';
export { declare, listIdentityChecks, release, take, takeNext } from './identity-check/queue.ts';
export {
  showCandidatePhoto,
  showCheckedDocument,
  showDecided,
  showDuplicate,
  showEvidencePhoto,
  showFraud,
  showIdentityCheck,
  showOutcome,
} from './identity-check/show.ts';
export { answerActivity, answerAddress, answerDocument, answerDuplicate, answerFace } from './identity-check/tasks.ts';
