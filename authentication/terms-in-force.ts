import type { MikroORM } from '@mikro-orm/postgresql';
import { currentTerms } from '../db/sign-in/terms.ts';

export type Terms = Awaited<ReturnType<typeof currentTerms>>;

const keptMs = 60_000;

/** The terms in force: a new version is asked for within a minute of its time. Read once a minute, not once a sign-in. */
export function createTermsInForce(orm: MikroORM): () => Promise<Terms> {
  let kept: { terms: Promise<Terms>; until: number } | undefined;
  return () => {
    if (!kept || kept.until < Date.now()) {
      const asked = { terms: currentTerms(orm.em.fork()), until: Date.now() + keptMs };
      asked.terms.catch(() => (kept = undefined));
      kept = asked;
    }
    return kept.terms;
  };
}
