/** What Temporal says of one case, and its pending activities tried again now. Only the case page asks: the board never does. */
import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { Deps } from './deps.ts';
import type { startAgain } from './open-case-again.ts';

export interface PendingActivity {
  id: string;
  type: string;
  attempt: number;
  /** The class of its last error. */
  error: string | null;
  lastTriedAt: Date | null;
  nextTryAt: Date | null;
  isRunning: boolean;
}

export type Running =
  | { is: 'away' }
  | { is: 'none' }
  | {
      is: 'running' | 'over';
      /** As Temporal names it: running, completed, failed, canceled, terminated … */
      status: string;
      beganAt: Date;
      endedAt: Date | null;
      events: number;
      pending: PendingActivity[];
      /** More than 1: the workflow's own code fails, and only a new version of it helps. */
      workflowAttempt: number;
    };

type Temporal = Pick<Deps, 'temporal' | 'answerWithinMs'>;

/** Never throws for an unreachable Temporal: the page says so, and shows the rest. */
export async function describeCase({ temporal, answerWithinMs }: Temporal, workflowId: string): Promise<Running> {
  try {
    const described = await temporal.withDeadline(Date.now() + answerWithinMs, () => temporal.workflow.getHandle(workflowId).describe());
    const { raw, status, startTime, closeTime, historyLength } = described;
    return {
      is: status.name === 'RUNNING' ? 'running' : 'over',
      status: status.name.toLowerCase().replaceAll('_', ' '),
      beganAt: startTime,
      endedAt: closeTime ?? null,
      events: historyLength,
      pending: (raw.pendingActivities ?? []).map(pendingOf),
      workflowAttempt: raw.pendingWorkflowTask?.attempt ?? 0,
    };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { is: 'none' };
    if (isAway(error)) return { is: 'away' };
    throw error;
  }
}

type Raw = NonNullable<
  Awaited<ReturnType<ReturnType<Deps['temporal']['workflow']['getHandle']>['describe']>>['raw']['pendingActivities']
>[number];
const started = 2; // PENDING_ACTIVITY_STATE_STARTED

function pendingOf(raw: Raw): PendingActivity {
  return {
    id: raw.activityId ?? '',
    type: raw.activityType?.name ?? '',
    attempt: raw.attempt ?? 1,
    error: raw.lastFailure ? (raw.lastFailure.applicationFailureInfo?.type ?? 'WorkerEnded') : null,
    lastTriedAt: dateOf(raw.lastAttemptCompleteTime ?? raw.lastStartedTime),
    nextTryAt: dateOf(raw.nextAttemptScheduleTime ?? (raw.state === started ? null : raw.scheduledTime)),
    isRunning: raw.state === started,
  };
}

const dateOf = (time: { seconds?: unknown } | null | undefined): Date | null => (time ? new Date(Number(time.seconds) * 1000) : null);

/** Nothing runs for it. Asked of a case that the tables say is open, that is a fault. */
export const isLost = ({ is }: Running): boolean => is === 'none' || is === 'over';

/** Begins a case again, unless it runs by now. @returns whether Temporal took it */
export async function beginAgainNow(
  { temporal, answerWithinMs }: Temporal,
  { workflow, options }: Awaited<ReturnType<typeof startAgain>>,
): Promise<boolean> {
  try {
    await temporal.withDeadline(Date.now() + answerWithinMs, () => temporal.workflow.start(workflow, options));
    return true;
  } catch (error) {
    if (isAway(error)) return false;
    throw error;
  }
}

/** Those that failed and are tried again. One in its first attempt has nothing to retry. */
export const failingActivities = (running: Running): PendingActivity[] =>
  'pending' in running ? running.pending.filter(({ attempt }) => attempt > 1) : [];

/** An attempt that is reset under way is not believed, and the next begins only when its heartbeats are missed: so it may end first. */
const attemptEndsWithinMs = 2_000;
const lookEveryMs = 100;

/** @returns the others: what still runs after that is being tried */
async function notUnderWay(temporal: Temporal, workflowId: string, activities: readonly PendingActivity[]): Promise<PendingActivity[]> {
  const until = Date.now() + attemptEndsWithinMs;
  for (;;) {
    const running = await describeCase(temporal, workflowId);
    const underWay = 'pending' in running ? running.pending.filter(({ isRunning }) => isRunning).map(({ id }) => id) : [];
    const others = activities.filter(({ id }) => !underWay.includes(id));
    if (others.length === activities.length || Date.now() > until) return others;
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
}

/**
 * Tries activities again at once, counting their attempts from 1. To do it twice is safe: activities are.
 *
 * @returns whether Temporal took it
 */
export async function retryNow(
  { temporal, answerWithinMs }: Temporal,
  workflowId: string,
  activities: readonly PendingActivity[],
): Promise<boolean> {
  const failed = await notUnderWay({ temporal, answerWithinMs }, workflowId, activities);
  const { namespace, identity } = { namespace: temporal.options.namespace, identity: 'retry now' };
  try {
    await temporal.withDeadline(Date.now() + answerWithinMs, async () => {
      for (const { id } of failed) await temporal.workflowService.resetActivity({ namespace, identity, execution: { workflowId }, id });
    });
    return true;
  } catch (error) {
    if (isGrpcServiceError(error) && error.code === notFound) return true; // it succeeded meanwhile
    if (isAway(error)) return false;
    throw error;
  }
}

const notFound = 5;
const unanswered = [4, 14]; // gRPC's DEADLINE_EXCEEDED and UNAVAILABLE

function isAway(error: unknown): boolean {
  const cause = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) && unanswered.includes(cause.code);
}
