/** Growing pauses after sign-ins that failed (domain/authenticator-delay.ts). Counted in Redis, under keyed hashes. */
import { createHmac } from 'node:crypto';
import { type Counted, pausesOf, rememberedSeconds } from '../../domain/authenticator-delay.ts';
import type { AuthenticationDeps } from '../deps.ts';
import { type FailureReason, SignInFailure } from './failure.ts';

export interface Tried {
  counted: Counted;
  /** An id, or what was typed: the same answer whether it exists or not. */
  which: string;
}

/** What somebody who guesses is told. Whoever has the wrong clock, or a card that ended, guesses nothing. */
const guesses: ReadonlySet<FailureReason> = new Set(['UNKNOWN', 'NOT_READ', 'NOT_PROVED', 'NOT_OUR_CARD', 'WRONG_PASSWORD', 'WRONG_CODE']);

/**
 * Counts each try before it is judged, so that many at once are many: unless one of them has to wait, and then none is counted.
 * Returns 0, or the moment until when in milliseconds.
 */
const take = `
  local now, latest = tonumber(ARGV[1]), 0
  for _, key in ipairs(KEYS) do
    local ends = tonumber(redis.call('hget', key, 'until') or '0')
    if ends > now and ends > latest then latest = ends end
  end
  if latest > 0 then return latest end
  for i, key in ipairs(KEYS) do
    local pauses = cjson.decode(ARGV[i + 2])
    local failures = redis.call('hincrby', key, 'failures', 1)
    local pause = pauses[math.min(failures, #pauses)]
    redis.call('hset', key, 'until', now + pause * 1000)
    redis.call('expire', key, tonumber(ARGV[2]))
  end
  return 0`;
const giveBack = `
  for _, key in ipairs(KEYS) do
    if tonumber(redis.call('hget', key, 'failures') or '0') > 1 then
      redis.call('hincrby', key, 'failures', -1)
      redis.call('hset', key, 'until', 0)
    else redis.call('del', key) end
  end`;

type Deps = Pick<AuthenticationDeps, 'redis'> & { settings: Pick<AuthenticationDeps['settings'], 'AUTHENTICATION_KEY'> };

/**
 * Judges something that somebody proves themselves with. Success forgets what failed before.
 * @param of none: it is judged without being counted
 * @throws {SignInFailure} DELAYED, without judging it, and whatever judging it throws
 */
export async function trying<T>({ redis, settings }: Deps, of: readonly Tried[], judge: () => Promise<T>): Promise<T> {
  if (of.length === 0) return judge();
  const keys = of.map(
    ({ counted, which }) =>
      `delay:${createHmac('sha256', settings.AUTHENTICATION_KEY).update(`delay/${counted}/${which}`).digest('base64url')}`,
  );
  const pauses = of.map(({ counted }) => JSON.stringify(pausesOf(counted)));
  const until = Number(await redis.eval(take, keys.length, ...keys, Date.now(), rememberedSeconds, ...pauses));
  if (until > 0) throw new SignInFailure('DELAYED', { until: new Date(until) });
  try {
    const judged = await judge();
    await redis.del(...keys);
    return judged;
  } catch (error) {
    if (!(error instanceof SignInFailure && guesses.has(error.reason))) await redis.eval(giveBack, keys.length, ...keys);
    throw error;
  }
}
