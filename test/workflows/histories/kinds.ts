/** Every kind of workflow, and what runs it through all that can happen to one, so that its histories are saved. */
import type { Service } from '../../support/service.ts';
import { saveCardIssues } from './card-issue.ts';
import { savePositionRequests } from './position-request.ts';
import { saveRenewals } from './renewal.ts';

export const kinds: Readonly<Record<string, (service: Service) => Promise<void>>> = {
  'card-issue': saveCardIssues,
  'position-request': savePositionRequests,
  renewal: saveRenewals,
};
