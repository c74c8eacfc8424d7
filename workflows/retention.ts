import { proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import type { RetentionTerms } from '../domain/retention.ts';

// 5 minutes: a page of applications with a dozen photographs each, from object storage. No limit of attempts: what is due stays due,
// and the next run is not begun before this one is over.
const { removeDue } = proxyActivities<Activities>({ startToCloseTimeout: '5 minutes', retry: { maximumInterval: '10 minutes' } });

/** A page of applications: few enough for one attempt. */
const pageSize = 100;
/** Pages in one run: the next run goes on. */
const mostPages = 500;

/** Deletes what is kept no longer (domain/retention.ts), page after page. Scheduled; safe to run at any time, and twice. */
export async function retention(terms: RetentionTerms): Promise<number> {
  let all = 0;
  for (let page = 0; page < mostPages; page++) {
    const { removed, isMore } = await removeDue(terms, pageSize);
    all += removed;
    if (!isMore) break;
  }
  return all;
}
