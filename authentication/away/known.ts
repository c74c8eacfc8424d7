/**
 * What was read from PostgreSQL a moment ago, for the moments in which it is away: who is signed in goes on being so, for as long as
 * nobody could have ended it without us knowing for half a minute.
 */
import type { AdapterPayload } from 'oidc-provider';
import { isDatabaseAway } from '../../db/away.ts';
import type { LiveSignIn } from '../../db/sign-in/sign-in.ts';
import type { claimsOf } from '../../db/sign-in/claims.ts';

/** The oldest that is still said. */
export const knownForMs = 30_000;
/** Entries, the oldest of which make room. About a kilobyte each. */
const most = 50_000;

/** What is remembered, all of one process. */
export const createAllKnown = () => ({
  /** By `grant/<id>`. */
  signIns: createKnown<LiveSignIn | undefined>(),
  /** By sign-in, client and scope. */
  claims: createKnown<Awaited<ReturnType<typeof claimsOf>>>(),
  /** By id. */
  clients: createKnown<AdapterPayload | undefined>(),
});
export type Known = ReturnType<typeof createAllKnown>;

/** @returns reads by a key; while PostgreSQL is away gives what it read by that key before, if that is recent enough */
function createKnown<T>(): (key: string, read: () => Promise<T>) => Promise<T> {
  const kept = new Map<string, { at: number; value: T }>();
  return async (key, read) => {
    try {
      const value = await read();
      kept.delete(key);
      kept.set(key, { at: Date.now(), value });
      const [oldest] = kept.size > most ? kept.keys() : [];
      if (oldest !== undefined) kept.delete(oldest);
      return value;
    } catch (error) {
      const before = kept.get(key);
      if (!isDatabaseAway(error) || !before || Date.now() - before.at > knownForMs) throw error;
      return before.value;
    }
  };
}
