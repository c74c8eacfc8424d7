/**
 * A case begun again: its workflow was lost with Temporal's database, or failed, while the tables still hold the case.
 * It goes on from the rows, under the same id. The third argument of every workflow of a case is a mark of this beginning:
 * activities count from 1 again, and what they record would look done already if their ids were those of the first time.
 */
import type { WorkflowInterceptorsFactory } from '@temporalio/workflow';

/** Of the workers' settings: gives activities of a case that was begun again ids of their own. */
export const interceptors: WorkflowInterceptorsFactory = () => {
  let mark = '';
  return {
    inbound: [
      {
        execute(input, next) {
          mark = markIn(input.args);
          return next(input);
        },
      },
    ],
    outbound: [
      {
        scheduleActivity: (input, next) =>
          next(mark ? { ...input, options: { ...input.options, activityId: `${mark}-${input.seq}` } } : input),
      },
    ],
  };
};

const markIn = ([, , given]: readonly unknown[]): string => (typeof given === 'string' ? given : '');
