import { callbackify } from 'node:util';
import { type SessionData, Store } from 'express-session';
import type { Redis } from 'ioredis';
import { seal, unseal } from '../../db/seal.ts';

/** Longer than any sign-in: whether somebody is still signed in, db/sign-in/sign-in.ts says, not this. */
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

  async #read(id: string): Promise<SessionData | null> {
    const at = placeOf(id);
    const sealed = await this.#redis.getBuffer(at);
    return sealed && opened(this.#key, at, sealed);
  }

  override get(id: string, done: (error: unknown, session?: SessionData | null) => void): void {
    callbackify(() => this.#read(id))(done);
  }

  override set(id: string, session: SessionData, done: (error?: unknown) => void = () => {}): void {
    const at = placeOf(id);
    callbackify(() => this.#redis.set(at, seal(this.#key, at, JSON.stringify(session)), 'EX', keptForSeconds))(done);
  }

  override destroy(id: string, done: (error?: unknown) => void = () => {}): void {
    callbackify(() => this.#redis.del(placeOf(id)))(done);
  }
}

/** What another key sealed, before the setting changed, is no session. */
function opened(key: Uint8Array, at: string, sealed: Buffer): SessionData | null {
  try {
    return JSON.parse(unseal(key, at, sealed).toString()) as SessionData;
  } catch {
    return null;
  }
}

const placeOf = (id: string) => `web-session:${id}`;
