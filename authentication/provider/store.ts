/**
 * Where OpenID Connect artefacts live: Redis, each until it expires. A key is a hash of the artefact's name, so that a copy of
 * Redis holds no usable token; a payload is sealed, and opens under its own key only.
 */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import { type Adapter, type AdapterFactory, type AdapterPayload, errors } from 'oidc-provider';
import { seal, unseal } from '../../db/seal.ts';

/** Revoked together by the grant they came from. */
const grantable = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken']);

export const createStore =
  (redis: Redis, key: Uint8Array): AdapterFactory =>
  (model) => {
    const keyOf = (id: string) => `oidc:${model}:${createHash('sha256').update(id).digest('base64url')}`;
    const grantKeyOf = (grantId: string) => `oidc:of-grant:${grantId}`;
    const uidKeyOf = (uid: string) => `oidc:uid:${uid}`;

    async function find(at: string): Promise<AdapterPayload | undefined> {
      const [sealed, consumed] = await redis.hmgetBuffer(at, 'sealed', 'consumed');
      if (!sealed) return undefined;
      const payload = JSON.parse(unseal(key, at, sealed).toString()) as AdapterPayload;
      return consumed ? { ...payload, consumed: Number(consumed.toString()) } : payload;
    }

    const store: Adapter = {
      async upsert(id, payload, expiresIn = 60) {
        const at = keyOf(id);
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
        await redis.del(keyOf(id));
      },
      async revokeByGrantId(grantId) {
        const of = grantKeyOf(grantId);
        await redis.del(of, ...(await redis.smembers(of)));
      },
    };
    return store;
  };
