import { proxyActivities } from '@temporalio/workflow';
import type { OpenCaseSweepActivities } from '../activities/open-case-sweep.ts';

// 10 minutes: a hundred thousand cases in pages. The next run comes in a minute, so there is no retry beyond its own.
const { sweepOpenCases } = proxyActivities<OpenCaseSweepActivities>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '2 minutes',
  retry: { maximumAttempts: 2 },
});

/** Each minute: which open cases nobody can act on, and which nothing runs for. */
export async function openCaseSweep(): Promise<{ lost: number }> {
  return sweepOpenCases();
}
