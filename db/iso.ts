/** SQL of a timestamp as JavaScript writes one, so that a row can be answered as it is: 2026-11-25T09:12:00.000Z. */
export const isoOf = (column: string): string => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
