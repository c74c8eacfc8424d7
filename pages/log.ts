/** What every edge logs to: one line of JSON each. Ids, names of things and references; never what somebody typed. */
import { pino } from 'pino';

export const log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime });

/** What is logged of a fault: its class and where it came from. Not its message, in which a database repeats names and dates of birth. */
export function faultOf(error: unknown): { error: string; stack: string[] } {
  if (!(error instanceof Error)) return { error: typeof error, stack: [] };
  const lines = error.stack?.split('\n').map((line) => line.trim()) ?? [];
  return { error: error.name, stack: lines.filter((line) => /^at .+:\d+:\d+\)?$/.test(line)) };
}
