/**
 * Where OpenID Connect artefacts live: Redis, each until it expires. A key is a hash of the artefact's name, so that a copy of
 * Redis holds no usable token; a payload is sealed, and opens under its own key only.
 */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { type Adapter, type AdapterFactory, type AdapterPayload, errors } from 'oidc-provider';
import { seal, unseal } from '../../db/seal.ts';

/** A session's end in Redis may be so much earlier than it was last said to be: it is written for good reasons or once in this time. */
const sessionLateSeconds = 15 * 60;
const mostSessions = 20_000;

/** Revoked together by the grant they came from. */
const grantable = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken']);

export const createStore =
  (redis: Redis, key: Uint8Array): AdapterFactory =>
  (model) => {
    const keyOf = (id: string) => `oidc:${model}:${createHash('sha256').update(id).digest('base64url')}`;
    const grantKeyOf = (grantId: string) => `oidc:of-grant:${grantId}`;
    const uidKeyOf = (uid: string) => `oidc:uid:${uid}`;

    /** Sessions as they were last read or kept here, without their times: one that did not change is not written at each look. */
    const sessions = new Map<string, { same: string; exp: number }>();
    function noted(at: string, { iat: _iat, exp = 0, consumed: _consumed, ...rest }: AdapterPayload): boolean {
      const [before, same] = [sessions.get(at), JSON.stringify(rest)];
      if (before?.same === same && exp - before.exp < sessionLateSeconds) return true;
      sessions.delete(at);
      sessions.set(at, { same, exp });
      const [oldest] = sessions.size > mostSessions ? sessions.keys() : [];
      if (oldest !== undefined) sessions.delete(oldest);
      return false;
    }

    async function find(at: string): Promise<AdapterPayload | undefined> {
      const [sealed, consumed] = await redis.hmgetBuffer(at, 'sealed', 'consumed');
      if (!sealed) return undefined;
      const payload = JSON.parse(unseal(key, at, sealed).toString()) as AdapterPayload;
      if (model === 'Session') noted(at, payload);
      return consumed ? { ...payload, consumed: Number(consumed.toString()) } : payload;
    }

    const store: Adapter = {
      async upsert(id, payload, expiresIn = 60) {
        const at = keyOf(id);
        if (model === 'Session' && noted(at, payload)) return;
        const steps = redis
          .multi()
          .hset(at, 'sealed', seal(key, at, JSON.stringify(payload)))
          .expire(at, expiresIn);
        if (grantable.has(model) && payload.grantId) {
          const of = grantKeyOf(payload.grantId);
          steps.sadd(of, at).expire(of, 24 * 60 * 60);
        }
        if (model === 'Session' && payload.uid) steps.set(uidKeyOf(payload.uid), at, 'EX', expiresIn);
        await steps.exec();
      },
      find: (id) => find(keyOf(id)),
      async findByUid(uid) {
        const at = await redis.get(uidKeyOf(uid));
        return at ? find(at) : undefined;
      },
      findByUserCode: () => Promise.resolve(undefined),
      async consume(id) {
        // Of two who use a code at once, one is refused (RFC 6749, 4.1.2).
        const first = await redis.hsetnx(keyOf(id), 'consumed', Math.floor(Date.now() / 1000));
        if (first === 0) throw new errors.InvalidGrant('already consumed');
      },
      async destroy(id) {
        sessions.delete(keyOf(id));
        await redis.del(keyOf(id));
      },
      async revokeByGrantId(grantId) {
        const of = grantKeyOf(grantId);
        await redis.del(of, ...(await redis.smembers(of)));
      },
    };
    return store;
  };
