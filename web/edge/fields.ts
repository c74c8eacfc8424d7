/** What forms and lists of pages have in common: boxes that may come several times, choices, and what an address keeps. */

/** Of boxes: none, one or several. */
export const several = (value: unknown): string[] => [value].flat().filter((each): each is string => typeof each === 'string');

/** A table of words, as the items of radios, checkboxes or a select. */
export const choicesIn = (words: Readonly<Record<string | number, string>>) =>
  Object.entries(words).map(([value, text]) => ({ value, text }));

/**
 * The addresses of the next page of a list and of its first, with the filters that are in the address of this one.
 *
 * @param filters names of those that identify nobody
 */
export function pagesOf(
  path: string,
  query: Record<string, unknown>,
  { filters, next }: { filters: readonly string[]; next: string | null },
) {
  const kept = filters.flatMap((name) => (typeof query[name] === 'string' && query[name] ? [[name, query[name]]] : []));
  const to = (more: Record<string, string>) => `${path}?${new URLSearchParams({ ...Object.fromEntries(kept), ...more }).toString()}`;
  return { next: next && to({ after: next }), first: 'after' in query && to({}) };
}
