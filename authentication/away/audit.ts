/**
 * Audit records that PostgreSQL could not take wait in a Redis stream, each sealed, and are written under the same ids once it is back.
 * Any process of ours writes them; two that do so at once write each record once.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import { type Cause, recordAudit, type Recorded } from '../../db/audit.ts';
import { isDatabaseAway } from '../../db/away.ts';
import { seal, unseal } from '../../db/seal.ts';
import { log } from '../../pages/log.ts';
import { auditWaiting } from '../../pages/metrics.ts';
import type { AuthenticationDeps } from '../deps.ts';

const stream = 'audit-waiting';
const lookEveryMs = 1000;
const atOnce = 200;

type Deps = Pick<AuthenticationDeps, 'orm' | 'redis'> & { settings: Pick<AuthenticationDeps['settings'], 'AUTHENTICATION_KEY'> };

/** Nobody is answered before it is kept in one place or the other. */
export async function auditOrWait({ orm, redis, settings }: Deps, cause: Cause, recorded: Recorded): Promise<void> {
  try {
    await recordAudit(orm.em.fork(), cause, recorded);
  } catch (error) {
    if (!isDatabaseAway(error)) throw error;
    await redis.xadd(stream, '*', 'sealed', seal(settings.AUTHENTICATION_KEY, stream, JSON.stringify({ cause, recorded })));
  }
}

/** @returns stops it */
export function keepWritingAudit(deps: Deps): () => void {
  let writing = false;
  const looking = setInterval(() => {
    if (writing) return;
    writing = true;
    writeWaiting(deps)
      .catch((error: Error) => log.warn({ error: error.name }, 'audit records still wait'))
      .finally(() => (writing = false));
  }, lookEveryMs);
  looking.unref();
  return () => clearInterval(looking);
}

/** Writes what waits, the oldest first. */
async function writeWaiting({ orm, redis, settings }: Deps): Promise<void> {
  for (;;) {
    auditWaiting.set(await redis.xlen(stream));
    const waiting = await redis.xrangeBuffer(stream, '-', '+', 'COUNT', atOnce);
    if (waiting.length === 0) return;
    await orm.em.fork().transactional(async (em) => {
      for (const [, [, sealed]] of waiting) if (sealed) await write(em, settings.AUTHENTICATION_KEY, sealed);
    });
    await redis.xdel(stream, ...waiting.map(([id]) => id.toString()));
  }
}

async function write(em: EntityManager, key: Uint8Array, sealed: Buffer): Promise<void> {
  const { cause, recorded } = JSON.parse(unseal(key, stream, sealed).toString()) as { cause: Cause & { at: string }; recorded: Recorded };
  await recordAudit(em, { ...cause, at: new Date(cause.at) }, recorded);
}
