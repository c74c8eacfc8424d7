/** What is done again and again: Temporal schedules, made or brought up to date when a worker starts. */
import { type Client, ScheduleAlreadyRunning, ScheduleNotFoundError, ScheduleOverlapPolicy, type ScheduleSpec } from '@temporalio/client';
import type { RenewalTerms } from '../domain/certificate.ts';
import { warnDaysBefore } from '../domain/client-words.ts';
import type { RetentionTerms } from '../domain/retention.ts';

export interface Schedule {
  id: string;
  spec: ScheduleSpec;
  /** How often that is, for who wants to know whether it is late. */
  everySeconds: number;
  /** Name of a workflow. */
  workflow: string;
  args: unknown[];
}

/** A page of a sweep: few enough for one history. */
const pageSize = 200;

export const schedules = (terms: { renewal: RenewalTerms; sweepEveryMinutes: number; retention: RetentionTerms }): Schedule[] => [
  {
    id: 'renewal-sweep',
    spec: { intervals: [{ every: `${terms.sweepEveryMinutes} minutes` }] },
    everySeconds: terms.sweepEveryMinutes * 60,
    workflow: 'renewalSweep',
    args: [terms.renewal, { pageSize }],
  },
  { id: 'open-case-sweep', spec: { intervals: [{ every: '1 minute' }] }, everySeconds: 60, workflow: 'openCaseSweep', args: [] },
  { id: 'retention', spec: { intervals: [{ every: '1 hour' }] }, everySeconds: 3600, workflow: 'retention', args: [terms.retention] },
  {
    id: 'certificate-count',
    spec: { cronExpressions: ['30 4 * * *'], timezone: 'Europe/London' },
    everySeconds: 24 * 3600,
    workflow: 'certificateCount',
    args: [],
  },
  {
    id: 'connection-warnings',
    spec: { cronExpressions: ['15 5 * * *'], timezone: 'Europe/London' },
    everySeconds: 24 * 3600,
    workflow: 'connectionWarnings',
    args: [warnDaysBefore],
  },
];

/** Schedules of earlier releases. */
const retired = ['ended-cards'];

/** Every worker may call it, at the same time too. A run that lasts longer than its interval is not overtaken by the next. */
export async function keepSchedules({ schedule: client }: Client, taskQueue: string, wanted: readonly Schedule[]): Promise<void> {
  for (const { id, spec, workflow, args } of wanted) {
    const described = {
      spec,
      action: { type: 'startWorkflow' as const, workflowType: workflow, workflowId: id, args, taskQueue },
      policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: '1 day' },
    };
    try {
      await client.create({ scheduleId: id, ...described });
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      await client.getHandle(id).update((before) => ({ ...before, ...described }));
    }
  }
  for (const id of retired) {
    await client
      .getHandle(id)
      .delete()
      .catch((error: unknown) => {
        if (!(error instanceof ScheduleNotFoundError)) throw error;
      });
  }
}
