import type { EntityManager } from '@mikro-orm/postgresql';
import { recordUse } from '../db/allowance.ts';
import { type Counted, networkOf, refuseBeyond } from '../domain/allowance.ts';
import type { Caller } from './caller.ts';
import type { Deps } from './deps.ts';

/**
 * Counts what a caller asks for, before it is done. What one visitor has too much of is not counted against their whole network.
 *
 * @throws {Refusal} TOO_MANY_TRIES
 */
export async function spend(
  { allowances, sealingKey }: Pick<Deps, 'allowances' | 'sealingKey'>,
  em: EntityManager,
  { id, visitor = id, address }: Caller,
  { what, times }: { what: Counted; times: number },
): Promise<void> {
  const at = new Date();
  const most = allowances[what];
  const count = async (whose: string, limit: number) =>
    refuseBeyond(limit, await recordUse(em, sealingKey, { what, whose, times, at }), { what, at });
  if (most.visitor !== undefined) await count(visitor, most.visitor);
  if (address !== undefined) await count(networkOf(address), most.network);
}
