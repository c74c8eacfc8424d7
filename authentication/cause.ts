import { randomUUID } from 'node:crypto';
import type { Cause } from '../db/audit.ts';

/** The cause of something a person does here: each press is one, and it is now. */
export const causeNow = (who: string): Cause => ({
  id: `authentication/${randomUUID()}`,
  at: new Date(),
  who,
  via: 'authentication',
  caseId: null,
});
