import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { PrintingActivities } from '../activities/printing.ts';
import type { EndedPrintState } from '../domain/print-job.ts';

/** Printing waits, for hours if the printer is away: on a queue of its own, so that waiting prints do not hold up what only saves. */
export const printingQueue = (taskQueue: string): string => `${taskQueue}-printing`;

/** Prints the card of a print job, once, and waits until it is known what came of it. */
export function printCard(job: string): Promise<EndedPrintState> {
  // A day: as long as a card may stand in a printer's queue. 30 seconds without a heartbeat, which comes each second: the worker ended.
  // No limit of attempts, 5 minutes at most between them: a printer is switched on by people, who may also press "retry now".
  const printing = proxyActivities<PrintingActivities>({
    taskQueue: printingQueue(workflowInfo().taskQueue),
    startToCloseTimeout: '1 day',
    heartbeatTimeout: '30 seconds',
    retry: { initialInterval: '5 seconds', maximumInterval: '5 minutes' },
  });
  return printing.printCard(job);
}
