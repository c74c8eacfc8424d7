/** What a benchmark found, and how it is written: the same text on the screen and in results.md. */
export interface Finding {
  title: string;
  columns: readonly string[];
  rows: ReadonlyArray<readonly string[]>;
  /** What it comes to, a sentence each. */
  words: readonly string[];
}

export const ms = (value: number): string => `${value.toFixed(1)} ms`;
export const ratio = (value: number): string => value.toFixed(2);
export const perSecond = (value: number): string => value.toFixed(value < 100 ? 1 : 0);

/** @param not what does not reach the aim */
export const verdict = (isMet: boolean, aim: string, not = ''): string => `Aim, ${aim}: ${isMet ? 'met' : `missed${not && ` by ${not}`}`}`;

export function written({ title, columns, rows, words }: Finding): string {
  const widths = columns.map((name, at) => Math.max(...[name, ...rows.map((row) => row[at] ?? '')].map((cell) => cell.length), 3));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join(' | ')} |`;
  const rule = `| ${widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [`## ${title}`, '', line(columns), rule, ...rows.map(line), '', ...words.map((each) => `- ${each}`)].join('\n');
}
