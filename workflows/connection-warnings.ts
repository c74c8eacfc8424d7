import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';

// 2 minutes: a page of letters is a few hundred small writes. No limit of attempts: the next day's run waits for this one.
const { warnOfEndings } = proxyActivities<Activities>({ startToCloseTimeout: '2 minutes', retry: { maximumInterval: '10 minutes' } });

const pageSize = 200;
const mostPages = 500;

/** Each day: tells whoever looks after a connected system what of it ends soon. Scheduled; safe to run at any time, and twice. */
export async function connectionWarnings(daysBefore: readonly number[]): Promise<number> {
  let all = 0;
  for (let page = 0; page < mostPages; page++) {
    const found = await warnOfEndings(daysBefore, pageSize);
    all += found;
    if (found < pageSize) break;
  }
  return all;
}
