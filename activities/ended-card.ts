import { endedUntold, recordTold } from '../db/smartcard.ts';
import type { Deps } from './deps.ts';

/** A minute's work, with the systems that answer slowly. */
const atOnce = 20;

export const endedCardActivities = ({ orm, authenticationService }: Pick<Deps, 'orm' | 'authenticationService'>) => ({
  /**
   * Tells the systems that the holders of ended cards were signed in to. Their sign-ins ended with the card: this is only the news.
   * Safe to retry: a card is told of until that is recorded, each time with one cause. @returns whether there may be more
   */
  async tellOfEndedCards(): Promise<boolean> {
    const em = orm.em.fork();
    const cards = await endedUntold(em, atOnce);
    for (const { id, endedAt, state } of cards) {
      const cause = { id: `smartcard/${id}/ended`, at: endedAt as Date, who: 'system', caseId: null };
      await authenticationService.endSessions(cause, { smartcard: id }, `smartcard.${state}`);
      await recordTold(em, id, new Date());
    }
    return cards.length === atOnce;
  },
});
