/**
 * Dealings that show that somebody has lived as who they say they are: the activity history score of GPG 45.
 */
import { z } from 'zod';
import { day } from './day.ts';
import { addMonths, type Day, monthsBetween } from './days.ts';
import { namesIn } from './names.ts';
import type { RowKey, Scores } from './gpg45/scores.ts';

export const activityKinds = {
  employment: 'Payslips or letters from an employer',
  bank: 'Payments in and out of an account',
  housing: 'Rent or mortgage payments',
  utilities: 'Gas, electricity, water or telephone bills',
  tax: 'Tax or National Insurance',
  benefits: 'Benefits or a pension',
  education: 'A course at a school, college or university',
  health: 'Registration with a general practice',
  voting: 'Entries in the electoral register',
  travel: 'Visas and stamps in a passport',
} as const;
export type ActivityKind = keyof typeof activityKinds;

export const activityShown = z
  .strictObject({
    kind: z.enum(namesIn(activityKinds)),
    /** The first and the last day that it shows something of. */
    from: day,
    to: day,
  })
  .refine(({ from, to }) => from <= to, { path: ['to'], message: 'must be on or after the first day' });
export type ActivityShown = z.output<typeof activityShown>;

/** The months that each row of the table asks for. */
export const activityMonths: Readonly<Record<RowKey<'activity'>, number>> = {
  nothing: 0,
  '3-months': 3,
  '6-months': 6,
  '12-months': 12,
  '24-months': 24,
};

/** Dealings no further apart than this are one history. */
export const usualGapMonths = 3;

/** The longest history in whole months, of dealings that join up; what lies in the future shows nothing. */
export function monthsShown(activity: readonly ActivityShown[], today: Day, gapMonths = usualGapMonths): number {
  const past = activity
    .filter(({ from }) => from <= today)
    .map(({ from, to }) => ({ from, to: to < today ? to : today }))
    .sort((a, b) => (a.from < b.from ? -1 : 1));
  let longest = 0;
  let run = past[0] ?? { from: today, to: today };
  for (const { from, to } of past) {
    const joins = from <= addMonths(run.to, gapMonths);
    run = joins ? { from: run.from, to: to > run.to ? to : run.to } : { from, to };
    longest = Math.max(longest, monthsBetween(run.from, run.to));
  }
  return longest;
}

export function activityScore(activity: readonly ActivityShown[], scores: Scores, today: Day): number {
  const months = monthsShown(activity, today);
  const rows = Object.entries(activityMonths) as [RowKey<'activity'>, number][];
  return Math.max(0, ...rows.filter(([, least]) => months >= least).map(([row]) => scores.activity[row]));
}
