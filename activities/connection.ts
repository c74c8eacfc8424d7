import { endingSoon, recordWarned } from '../db/client/client-warning.ts';
import { causeOf } from './cause.ts';
import type { Deps } from './deps.ts';

export const connectionActivities = ({ orm }: Pick<Deps, 'orm'>) => ({
  /**
   * Writes to the contacts of systems of which something ends soon, so many letters at most. Safe to retry: what was written about is
   * not found again until the next of the days before.
   *
   * @returns how many it found; fewer than asked for means that nothing is left
   */
  async warnOfEndings(daysBefore: readonly number[], limit: number): Promise<number> {
    const cause = causeOf({ who: 'system', via: 'workflow' });
    const soon = await endingSoon(orm.em.fork(), cause.at, daysBefore, limit);
    for (const ending of soon) await orm.em.fork().transactional((em) => recordWarned(em, cause, ending));
    return soon.length;
  },
});
