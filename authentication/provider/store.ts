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

    // oidc-provider writes a session at each look.
    const seen = model === 'Session' ? createSeen() : undefined;

    async function find(at: string): Promise<AdapterPayload | undefined> {
      const [sealed, consumed] = await redis.hmgetBuffer(at, 'sealed', 'consumed');
      if (!sealed) return undefined;
      const payload = JSON.parse(unseal(key, at, sealed).toString()) as AdapterPayload;
      seen?.see(at, payload);
      return consumed ? { ...payload, consumed: Number(consumed.toString()) } : payload;
    }

    const store: Adapter = {
      async upsert(id, payload, expiresIn = 60) {
        const at = keyOf(id);
        if (seen?.isSame(at, payload)) return;
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
        seen?.see(at, payload);
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

/** What is written may end so much earlier in Redis than it was last said to: it is written when it changed, or once in this time. */
const lateSeconds = 15 * 60;
const most = 20_000;

/** Payloads as they were last read or written by this process, without their times; the oldest make room. */
function createSeen() {
  const kept = new Map<string, { text: string; exp: number }>();
  const withoutTimes = ({ iat: _iat, exp = 0, ...rest }: AdapterPayload) => ({ text: JSON.stringify(rest), exp });
  return {
    see(at: string, payload: AdapterPayload): void {
      kept.delete(at);
      kept.set(at, withoutTimes(payload));
      const [oldest] = kept.size > most ? kept.keys() : [];
      if (oldest !== undefined) kept.delete(oldest);
    },
    isSame(at: string, payload: AdapterPayload): boolean {
      const [before, now] = [kept.get(at), withoutTimes(payload)];
      return before?.text === now.text && now.exp - before.exp < lateSeconds;
    },
  };
}
