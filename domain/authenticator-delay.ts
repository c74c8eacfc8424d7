/**
 * How long somebody waits after tries to sign in that failed. Counted for what was tried (an authenticator, a Care ID) and for the browser
 * that tried; never for an address, behind which a whole hospital may be.
 */
import { instantInWords } from './days.ts';

export type Counted = 'authenticator' | 'care-id' | 'browser';

/** Failures that cost nothing: a ward's computer has many people at it who each mistype once. */
const free: Readonly<Record<Counted, number>> = { authenticator: 3, 'care-id': 3, browser: 10 };
/** In seconds, after each failure beyond those. The last holds for all that follow, so that nobody is shut out for long by a stranger. */
const pauses = [5, 15, 30, 60, 120, 300, 900] as const;
/** Failures are forgotten after this, and when one succeeds. */
export const rememberedSeconds = 24 * 60 * 60;

/** In seconds, for failure number one, two and so on; the last is for all after it. */
export const pausesOf = (counted: Counted): number[] => [...Array<number>(free[counted]).fill(0), ...pauses];

/** What somebody is told who is too early. */
export function delayWords(until: Date, now: Date): string {
  const seconds = Math.max(1, Math.ceil((until.getTime() - now.getTime()) / 1000));
  if (seconds <= 90) return `Too many tries failed. You can try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}`;
  return `Too many tries failed. You can try again after ${instantInWords(new Date(until.getTime() + 60_000))}`;
}
