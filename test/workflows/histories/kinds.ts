/** Every kind of workflow, and what runs it through all that can happen to one, so that its histories are saved. */
import type { Service } from '../../support/service.ts';
import { saveCardIssues } from './card-issue.ts';
import { saveEnrolments } from './enrolment.ts';
import { saveIdentityProofings } from './identity-proofing.ts';
import { savePositionRequests } from './position-request.ts';
import { saveRenewals } from './renewal.ts';
import { saveRetention } from './retention.ts';
import { saveSandboxPeople } from './sandbox-person.ts';

export const kinds: Readonly<Record<string, (service: Service) => Promise<void>>> = {
  'card-issue': saveCardIssues,
  enrolment: saveEnrolments,
  'identity-proofing': saveIdentityProofings,
  'position-request': savePositionRequests,
  renewal: saveRenewals,
  retention: saveRetention,
  'sandbox-person': saveSandboxPeople,
};
