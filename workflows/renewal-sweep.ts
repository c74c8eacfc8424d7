import { continueAsNew, log, ParentClosePolicy, proxyActivities, startChild, uuid4, WorkflowIdReusePolicy } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import type { Renewable } from '../db/smartcard/renewal.ts';
import type { RenewalTerms } from '../domain/certificate.ts';
import { renewal } from './renewal.ts';

const { findRenewable } = proxyActivities<Activities>({ startToCloseTimeout: '10 seconds', retry: { maximumInterval: '1 minute' } });

export interface Sweep {
  /** Certificates a page: each page is one history. */
  pageSize: number;
}

/**
 * Opens a renewal for each certificate that came into its last days: page after page, so that a day with 140,000 of them is absorbed.
 * Safe to run twice at once: a renewal that runs is not started again. Its id is the renewal's, so that it is found as a case.
 */
export async function renewalSweep(terms: RenewalTerms, { pageSize }: Sweep, after: Renewable | null = null): Promise<number> {
  const page = await findRenewable(after, terms, pageSize);
  await Promise.all(page.map(({ certificate, id }) => open(certificate, id, terms)));
  const last = page.at(-1);
  if (last && page.length === pageSize) await continueAsNew<typeof renewalSweep>(terms, { pageSize }, last);
  return page.length;
}

async function open(certificate: string, id: string, terms: RenewalTerms): Promise<void> {
  try {
    await startChild(renewal, {
      workflowId: `renewal/${id}`,
      args: [certificate, terms, uuid4().slice(-12)], // it may have been begun before
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    });
  } catch (error) {
    if ((error as Error).name !== 'WorkflowExecutionAlreadyStartedError') throw error;
    log.debug('This renewal is running', { id });
  }
}
