import { z } from 'zod';
import { countOpenCases } from '../db/open-case/open-case-board.ts';
import { isRenewalOpen } from '../db/smartcard/renewal.ts';
import { countWaiting } from '../db/open-case/task-count.ts';
import type { Health } from '../domain/open-case.ts';
import { healthInWords, tasksHere, type Waiting, waitingInWords } from '../domain/task.ts';
import { placesWith } from './places.ts';
import { list } from './query.ts';

/** What somebody who signed in can do: the tasks their roles give, wherever they hold them, and how much waits in each. Three queries. */
export const home = list({
  name: 'home',
  permission: 'page.home',
  params: z.object({}),
  input: z.object({}).strict(),
  async run({ em, caller, roles, sandbox }) {
    const mine = tasksHere(sandbox !== null).filter(({ permission }) => placesWith(roles, permission).length > 0);
    const wanted = mine
      .flatMap(({ waiting = [] }) => waiting)
      .map((waiting) => ({ waiting, organisations: placesWith(roles, waiting.permission) }));
    const watched = mine.filter(({ saysHealth }) => saysHealth).flatMap(({ permission }) => placesWith(roles, permission));
    const [counts, cases, mayRenew] = await Promise.all([
      countWaiting(em.fork(), caller.id, wanted),
      countOpenCases(em.fork(), watched),
      isRenewalOpen(em.fork(), caller.id),
    ]);
    const health: Partial<Record<Health, number>> = {};
    for (const each of cases) health[each.health] = (health[each.health] ?? 0) + each.n;
    return {
      tasks: mine.map(({ href, title, words, waiting = [], saysHealth }) => ({
        href,
        title,
        words,
        /** In words; empty where nothing waits. */
        waits: saysHealth ? healthInWords(health) : waiting.flatMap((each) => inWords(each, counts)),
      })),
      /** The caller's own card. */
      mayRenew,
      counts,
      health,
    };
  },
});

function inWords(waiting: Waiting, counts: Awaited<ReturnType<typeof countWaiting>>): string[] {
  const counted = counts.find(({ name }) => name === waiting.name);
  return counted && counted.n > 0 ? [waitingInWords(waiting, counted)] : [];
}
