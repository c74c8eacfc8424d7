/** What every edge logs to: one line of JSON each. Ids, names of things and references; never what somebody typed. */
import { pino } from 'pino';

export const log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime });
