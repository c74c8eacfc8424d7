/**
 * What is kept of an application, and for how long. The scheduled workflow `retention` and the page that tells applicants
 * ask this table. The audit, which holds no names, is kept; so is the person a verified application became.
 */
import type { State } from './application.ts';

/** In days. Settings. */
export interface RetentionTerms {
  /** A draft that nobody went on with. */
  draftDays: number;
  /** Photographs of documents and their subjects, from the decision on. */
  evidenceDays: number;
  /** Everything in an application that was given up or withdrawn, from then on. */
  endedDays: number;
}

/** `evidence`: photographs, names of issuers and dates go; type, number and outcome stay. `everything`: only that there was one stays. */
export type Removal = 'evidence' | 'everything';

interface Rule {
  readonly removes: Removal;
  readonly after: keyof RetentionTerms;
}

/** By the state an application ended in, or stopped in. States that are not here lose nothing: they are open. */
export const removals: Readonly<Partial<Record<State, readonly Rule[]>>> = {
  draft: [{ removes: 'everything', after: 'draftDays' }],
  verified: [{ removes: 'evidence', after: 'evidenceDays' }],
  refused: [{ removes: 'evidence', after: 'evidenceDays' }],
  withdrawn: [{ removes: 'everything', after: 'endedDays' }],
  abandoned: [{ removes: 'everything', after: 'endedDays' }],
};

export interface Due {
  readonly removes: Removal;
  readonly states: readonly State[];
  /** Applications last changed before this lose it. */
  readonly before: Date;
}

/** What is due now, one for each kind of removal and term. */
export function removalsDue(terms: RetentionTerms, now: Date): Due[] {
  const rules = Object.entries(removals).flatMap(([state, found]) => found.map((rule) => ({ ...rule, state: state as State })));
  const before = (days: number) => new Date(now.getTime() - days * 86_400_000);
  return Object.entries(Object.groupBy(rules, ({ removes, after }) => `${removes} ${after}`)).flatMap(([, group]) => {
    const [first] = group ?? [];
    return first && group ? [{ removes: first.removes, states: group.map(({ state }) => state), before: before(terms[first.after]) }] : [];
  });
}
