/** The first of a list of filters. */
export const all = { value: '', text: 'All' };

/** Organisations to choose from, as the items of a select. */
export const placeItems = (organisations: ReadonlyArray<{ code: string; name: string }>) => [
  all,
  ...organisations.map(({ code, name }) => ({ value: code, text: name })),
];
