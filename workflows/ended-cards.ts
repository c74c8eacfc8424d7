import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';

// 10 minutes: twenty cards, each with systems that may answer only after 20 seconds. The next run comes in a minute: no retry beyond its own.
const { tellOfEndedCards } = proxyActivities<Activities>({ startToCloseTimeout: '10 minutes', retry: { maximumAttempts: 3 } });

/** Each minute: tells relying parties of cards that ended. */
export async function endedCards(): Promise<void> {
  while (await tellOfEndedCards());
}
