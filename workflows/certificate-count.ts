import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';

const { countCertificates } = proxyActivities<Activities>({ startToCloseTimeout: '10 minutes', retry: { maximumInterval: '10 minutes' } });

/** Each day: matches every certificate to the case it was signed for. What was found stands in the audit. */
export async function certificateCount(): Promise<{ certificates: number; findings: number }> {
  return countCertificates();
}
