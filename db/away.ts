import { ConnectionException, DriverException } from '@mikro-orm/core';

/** SQLSTATE classes of a server that is not there, is stopping or is starting: 08 connection exception, 57P01–57P03, 53300 too many. */
const awayCodes = /^(08...|57P0[123]|53300)$/;
const awaySystem = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EHOSTUNREACH', 'EAI_AGAIN', 'ENETUNREACH'];
const awayWords = /connection terminated|timeout exceeded when trying to connect|connection timeout|server closed the connection/i;

/** Whether PostgreSQL could not be asked, so that nothing is known of what was asked. Anything else it said is its answer. */
export function isDatabaseAway(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof ConnectionException) return true;
    const { code } = cause as Error & { code?: unknown };
    if (typeof code === 'string' && (awayCodes.test(code) || awaySystem.includes(code))) return true;
    if (awayWords.test(cause.message) && !(cause instanceof DriverException && code)) return true;
    if (cause instanceof AggregateError && cause.errors.some((each) => isDatabaseAway(each))) return true;
  }
  return false;
}
