import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { profiles } from '../../../domain/gpg45/profiles.ts';
import { defaultRows, defaultScores, parseScores } from '../../../domain/gpg45/scores.ts';
import { rowScore } from '../../../domain/gpg45/validity.ts';

const published = (file: string) => readFileSync(join(import.meta.dirname, file), 'utf8');

test('the profiles are those of the published table, all of them and in its order', () => {
  const [, ...rows] = published('gpg45-profiles.csv').trim().split(/\r?\n/);
  const expected = rows.map((row) => {
    const [name = '', ...cells] = row.split(',');
    const [s1, v1, s2, v2, s3, v3, activity, fraud, verification] = cells.map((cell) => (cell === '' ? null : Number(cell)));
    const pairs = [[s1, v1] as const, [s2, v2] as const, [s3, v3] as const].filter(([strength]) => strength !== null);
    const level = { L: 'low', M: 'medium', H: 'high', V: 'very-high' }[name.charAt(0)];
    return { name, level, evidence: pairs.map(([strength, validity]) => ({ strength, validity })), activity, fraud, verification };
  });
  expect(expected).toHaveLength(32);
  expect(profiles).toEqual(expected);
});

test('the default scores are those of the published table; what is not in it is marked local', () => {
  const rows = published('gpg45-scores.tsv')
    .trim()
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.split('\t').slice(0, 3).join('\t'));
  const ours = Object.entries(defaultRows).flatMap(([part, of]) =>
    Object.values<{ words: string; score: number; local?: true }>(of)
      .filter(({ local }) => !local)
      .map(({ words, score }) => `${part}\t${words}\t${score}`),
  );
  expect([...ours].sort()).toEqual([...rows].sort());
  expect(parseScores(published('gpg45-scores.tsv'))).toEqual(defaultScores);
});

test('a file sets some scores, by key or by words, and leaves the others', () => {
  const scores = parseScores('# ours\n\nstrength\tpass-card\t2\tnote\r\nfraud\town records and an independent fraud data source\t3\n');
  expect(scores.strength['pass-card']).toBe(2);
  expect(scores.fraud.independent).toBe(3);
  expect(scores.strength['forces-card']).toBe(3);
  expect(defaultScores.strength['pass-card']).toBe(3);
});

test.each([
  ['luck\tx\t1', 'line 1: there is no part "luck"'],
  ['\nstrength\tlibrary card\t1', 'line 2: there is no row "library card" in strength'],
  ['strength\tpass-card\t5', 'the score must be a whole number from 0 to 4'],
  ['strength\tpass-card', 'and is ""'],
  ['strength\t__proto__\t1', 'there is no row'],
  ['validity\tphotograph of the document only\t2', 'a photograph alone never scores above 1'],
])('%j is refused', (text, words) => {
  expect(() => parseScores(text)).toThrow(words);
});

test('a photograph alone scores at most 1 even if scores were made without reading a file', () => {
  const scores = { ...defaultScores, validity: { ...defaultScores.validity, 'photograph-only': 4 } };
  expect(rowScore('photograph-only', scores)).toBe(1);
});
