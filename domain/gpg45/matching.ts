/** Whether what is required can be met by different things: each requirement takes one that nothing else takes. */
import type { RequiredEvidence } from './profiles.ts';
import type { ScoredItem } from './validity.ts';

/**
 * Tries every choice, so that none is missed where a strong item would be wasted on a weak requirement.
 *
 * @returns for each requirement in turn what meets it, or null if they cannot all be met
 */
export function matchAll<Requirement, Item extends { readonly thing: string }>(
  required: readonly Requirement[],
  items: readonly Item[],
  meets: (item: Item, requirement: Requirement) => boolean,
): Item[] | null {
  const [first, ...rest] = required;
  if (first === undefined) return [];
  for (const item of items) {
    if (!meets(item, first)) continue;
    const others = items.filter(({ thing }) => thing !== item.thing);
    const found = matchAll(rest, others, meets);
    if (found !== null) return [item, ...found];
  }
  return null;
}

export const meetsEvidence = (item: ScoredItem, { strength, validity }: RequiredEvidence): boolean =>
  item.strength >= strength && item.validity >= validity;
