import { Store, type SessionData } from 'express-session';
import type { Redis } from 'ioredis';
import { seal, unseal } from '../../db/seal.ts';

/** Longer than any sign-in: whether somebody is still signed in, db/sign-in.ts says, not this. */
const keptForSeconds = 26 * 60 * 60;

/** Web sessions in Redis, each sealed for its own place. They hold ids only. */
export class SealedStore extends Store {
  readonly #redis: Redis;
  readonly #key: Uint8Array;

  constructor(redis: Redis, key: Uint8Array) {
    super();
    this.#redis = redis;
    this.#key = key;
  }

  override get(id: string, done: (error: unknown, session?: SessionData | null) => void): void {
    const at = placeOf(id);
    this.#redis.getBuffer(at).then(
      (sealed) => done(null, sealed && (JSON.parse(unseal(this.#key, at, sealed).toString()) as SessionData)),
      (error: unknown) => done(error),
    );
  }

  override set(id: string, session: SessionData, done: (error?: unknown) => void = () => {}): void {
    const at = placeOf(id);
    this.#redis.set(at, seal(this.#key, at, JSON.stringify(session)), 'EX', keptForSeconds).then(() => done(), done);
  }

  override destroy(id: string, done: (error?: unknown) => void = () => {}): void {
    this.#redis.del(placeOf(id)).then(() => done(), done);
  }
}

const placeOf = (id: string) => `web-session:${id}`;
