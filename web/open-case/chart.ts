/** The ages of open cases as bars, one for each age and in it a part for each kind: numbers only, drawn by chart.njk. */
import { ageWords, caseKinds, kinds } from '../../domain/open-case.ts';

export interface Count {
  kind: string;
  age: number;
  n: number;
}

export interface Part {
  kind: string;
  words: string;
  n: number;
  x: number;
  width: number;
}

export interface Bar {
  words: string;
  total: number;
  y: number;
  parts: Part[];
}

export interface Chart {
  bars: Bar[];
  kinds: Array<{ kind: string; words: string; total: number; /** By age. */ ns: number[] }>;
  total: number;
  width: number;
  height: number;
  labelWidth: number;
  barHeight: number;
  /** One sentence for who does not see it. */
  summary: string;
}

/** As wide as a phone, so that words drawn in it can be read there. */
const size = { width: 320, labelWidth: 132, numberWidth: 48, barHeight: 22, gap: 8 } as const;

/** @param counts of any health: parts of one kind and age are added up */
export function chartOf(counts: readonly Count[]): Chart {
  const number = (kind: string, age: number) => counts.filter((c) => c.kind === kind && c.age === age).reduce((sum, { n }) => sum + n, 0);
  const byKind = caseKinds.map((kind) => {
    const ns = ageWords.map((_words, age) => number(kind, age));
    return { kind, words: kinds[kind].words, ns, total: sumOf(ns) };
  });
  const totals = ageWords.map((_words, age) => sumOf(byKind.map(({ ns }) => ns[age] ?? 0)));
  const most = Math.max(1, ...totals);
  const perCase = (size.width - size.labelWidth - size.numberWidth) / most;
  const bars = ageWords.map((words, age): Bar => {
    let x: number = size.labelWidth;
    const parts = byKind.map(({ kind, words: kindWords, ns }) => {
      const n = ns[age] ?? 0;
      const part = { kind, words: kindWords, n, x: rounded(x), width: rounded(n * perCase) };
      x += n * perCase;
      return part;
    });
    return { words, total: totals[age] ?? 0, y: age * (size.barHeight + size.gap), parts: parts.filter(({ n }) => n > 0) };
  });
  const height = ageWords.length * (size.barHeight + size.gap);
  return {
    bars,
    kinds: byKind,
    total: sumOf(totals),
    height,
    width: size.width,
    labelWidth: size.labelWidth,
    barHeight: size.barHeight,
    summary: summaryOf(totals),
  };
}

function summaryOf(totals: readonly number[]): string {
  const parts = totals.map((n, age) => ({ n, words: (ageWords[age] ?? '').toLowerCase() })).filter(({ n }) => n > 0);
  return parts.length === 0 ? 'No open cases' : `Open cases by age: ${parts.map(({ n, words }) => `${words} ${n}`).join(', ')}`;
}

const sumOf = (numbers: readonly number[]) => numbers.reduce((sum, n) => sum + n, 0);
const rounded = (x: number) => Math.round(x * 10) / 10;
