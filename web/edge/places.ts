/** The first of a list of filters. */
export const all = { value: '', text: 'All' };

/** Organisations to choose from, as the items of a select. */
export const placeItems = (organisations: ReadonlyArray<{ code: string; name: string }>) => [
  all,
  ...organisations.map(({ code, name }) => ({ value: code, text: name })),
];

/** Where to go instead of asking at which organisation, for whoever has one only. */
export const atOnlyPlace =
  (pathAt: (code: string) => string) =>
  ({ organisations: [only, ...others] }: { organisations: ReadonlyArray<{ code: string }> }): string | undefined =>
    only && others.length === 0 ? pathAt(only.code) : undefined;
