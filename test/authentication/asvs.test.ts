/**
 * OWASP ASVS 5.0, chapters 6 (authentication), 7 (sessions), 9 (self-contained tokens) and 10 (OAuth and OpenID Connect): asvs.tsv says of
 * each requirement which test shows it, which setting or design meets it, why it does not apply, or, plainly, that it is not met.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const read = (path: string) => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
const [, ...rows] = read('test/authentication/asvs.tsv')
  .trimEnd()
  .split('\n')
  .map((line) => line.split('\t')) as Array<[requirement: string, about: string, how: string, where: string]>;
const settings = `${read('authentication/settings.ts')}${read('config.ts')}`;

/** How many requirements each section of the standard has. */
const sections: Record<string, number> = {
  '6.1': 3, '6.2': 12, '6.3': 8, '6.4': 6, '6.5': 8, '6.6': 4, '6.7': 2, '6.8': 4,
  '7.1': 3, '7.2': 4, '7.3': 2, '7.4': 5, '7.5': 3, '7.6': 2, '9.1': 3, '9.2': 4,
  '10.1': 2, '10.2': 3, '10.3': 5, '10.4': 16, '10.5': 5, '10.6': 2, '10.7': 3,
}; // prettier-ignore

test('every requirement has one line', () => {
  const all = Object.entries(sections).flatMap(([section, count]) => Array.from({ length: count }, (_, at) => `${section}.${at + 1}`));
  expect(rows.map(([requirement]) => requirement).toSorted()).toEqual(all.toSorted());
});

test.each(rows)('%s, %s: %s', (_requirement, _about, how, where) => {
  expect(['test', 'setting', 'by design', 'not applicable', 'not met']).toContain(how);
  expect(where).not.toBe('');
  if (how === 'setting') expect(settings).toContain(`${where}:`);
  if (how !== 'test') return;
  const at = where.indexOf(': ');
  const source = read(`test/${where.slice(0, at)}.test.ts`);
  expect(source).toContain(where.slice(at + 2));
});
