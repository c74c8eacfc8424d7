import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';

/** Challenges: each is good once, for the thing it was made for, for five minutes. */
export interface OneUse {
  /** @param of what it is for: an interaction, a person's page */
  make(of: string): Promise<string>;
  /** Gives the challenge made last for this, and forgets it: whoever comes second finds none. */
  take(of: string): Promise<string | undefined>;
}

const goodForSeconds = 5 * 60;

export const createOneUse = (redis: Redis): OneUse => ({
  async make(of) {
    const challenge = randomBytes(32).toString('base64url');
    await redis.set(`one-use:${of}`, challenge, 'EX', goodForSeconds);
    return challenge;
  },
  async take(of) {
    return (await redis.getdel(`one-use:${of}`)) ?? undefined;
  },
});
