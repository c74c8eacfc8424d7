/** What workers log to: one line of JSON each. Ids and classes of errors; never a message, which may hold what identifies a person. */
import { pino } from 'pino';

export const log = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime });
