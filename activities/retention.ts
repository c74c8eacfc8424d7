import { findDue, forgetInvitations, recordRemoved } from '../db/application/retention.ts';
import { recordOldTestPeopleRemoved } from '../db/sandbox/sandbox-act.ts';
import { removalsDue, type RetentionTerms } from '../domain/retention.ts';
import { causeOf } from './cause.ts';
import type { Deps } from './deps.ts';

export const retentionActivities = ({ orm, photos }: Pick<Deps, 'orm' | 'photos'>) => ({
  /**
   * Deletes what is due, of so many applications at most for each kind, and so many test people of the sandbox. Safe to retry: what an attempt deleted is not found again,
   * and its record names this cause and the application.
   *
   * @returns how many it found; fewer than asked for of each kind means that nothing is left
   */
  async removeDue(terms: RetentionTerms, limit: number): Promise<{ removed: number; isMore: boolean }> {
    const cause = causeOf({ who: 'system', via: 'workflow' });
    let removed = 0;
    let isMore = false;
    for (const due of removalsDue(terms, cause.at)) {
      const ids = await findDue(orm.em.fork(), due, limit);
      let here = 0;
      for (const id of ids) {
        const did = await orm.em.fork().transactional((em) => recordRemoved(em, id, due, photos, cause));
        if (did) here += 1;
      }
      removed += here;
      isMore ||= ids.length === limit && here > 0;
    }
    const testPeople = await recordOldTestPeopleRemoved(orm.em.fork(), cause, limit);
    removed += testPeople;
    isMore ||= testPeople === limit;
    if (!isMore) await forgetInvitations(orm.em.fork(), new Date(cause.at.getTime() - terms.endedDays * 86_400_000));
    return { removed, isMore };
  },
});
