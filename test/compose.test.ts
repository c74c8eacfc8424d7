import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { authenticationSettings } from '../authentication/settings.ts';
import { type Process, readConfig } from '../config.ts';

const pathOf = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const compose = readFileSync(pathOf('docker-compose.yml'), 'utf8');

/** The indented lines under a heading. */
const blockUnder = (heading: RegExp): string => {
  const found = heading.exec(compose);
  if (!found) throw new Error(`no ${heading.source} in docker-compose.yml`);
  const indent = /^ */.exec(found[0])![0].length;
  const lines = compose.slice(found.index + found[0].length + 1).split('\n');
  const end = lines.findIndex((line) => line !== '' && !line.startsWith(' '.repeat(indent + 1)));
  return lines.slice(0, end < 0 ? lines.length : end).join('\n');
};

/** Everything that a service is told, its own and what it shares. */
function settingsOf(service: string): Map<string, string> {
  const own = blockUnder(new RegExp(`^  ${service}:$`, 'm'));
  const shared = ['settings', 'authority'].filter((anchor) => own.includes(`*${anchor}`));
  const texts = [...shared.map((anchor) => blockUnder(new RegExp(`^x-${anchor}: .*$`, 'm'))), own];
  return new Map(texts.flatMap((text) => [...text.matchAll(/^ +([A-Z_]+): (.*)$/gm)]).map(([, name = '', value = '']) => [name, value]));
}

/** The settings without which a process does not start. */
function neededBy(service: string): string[] {
  const given = process.env;
  try {
    process.env = {};
    if (service === 'authentication') authenticationSettings.parse({});
    else readConfig(service as Process);
    return [];
  } catch (error) {
    return (error as { issues: Array<{ path: string[] }> }).issues.map(({ path }) => path[0]!);
  } finally {
    process.env = given;
  }
}

const services = ['migrate', 'web', 'api', 'authentication', 'workflow-worker', 'job-worker'];

test.each(services)('compose tells %s every setting it cannot do without', (service) => {
  const needed = neededBy(service);
  expect(needed).toContain('DATABASE_URL');
  expect([...settingsOf(service).keys()]).toEqual(expect.arrayContaining(needed));
});

test.each(services)('the process that compose runs as %s exists', (service) => {
  const [, entry = ''] = /command: \[node, (.*)\]/.exec(blockUnder(new RegExp(`^  ${service}:$`, 'm'))) ?? [];
  expect(existsSync(pathOf(entry))).toBe(true);
});

/** Every file of ours that this one imports, and those that they do. */
function importedBy(file: string, known = new Set<string>()): Set<string> {
  if (known.has(file)) return known;
  known.add(file);
  for (const [, path = ''] of readFileSync(pathOf(file), 'utf8').matchAll(/(?:from|import)\s*\(?'(\.{1,2}\/[^']+)'/g))
    importedBy(join(dirname(file), path), known);
  return known;
}

test('the image holds every folder that its processes import from, and by name only', () => {
  const [first, ...held] = readFileSync(pathOf('.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  expect(first).toBe('*');
  const entries = [...compose.matchAll(/command: \[node, (.*)\]/g)].map(([, entry = '']) => entry);
  const imported = [...entries, 'authentication/first-manager.ts'].flatMap((entry) => [...importedBy(entry)]);
  expect(imported.length).toBeGreaterThan(200);
  expect(held).toEqual(expect.arrayContaining([...new Set(imported.map((file) => `!${file.split('/')[0]}`))]));
});

test('compose holds no secret: each is asked for', () => {
  const secret = /(_KEY|_TOKEN|PASSWORD|_PWD|REDISCLI_AUTH)$/;
  const all = [...compose.matchAll(/^ +([A-Z_]+): (.*)$/gm)].filter(([, name = '']) => secret.test(name));
  expect(all.length).toBeGreaterThan(8);
  for (const [, name, value] of all) expect(`${name}: ${value}`).toMatch(/: \$\{[A-Z_]+:\?/);
});
