/** The names of a table, which has one at least: what an enum of zod is made of. */
export const namesIn = <Name extends string>(table: Readonly<Record<Name, unknown>>) => Object.keys(table) as [Name, ...Name[]];
