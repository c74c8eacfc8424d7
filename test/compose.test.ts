import { existsSync, readFileSync } from 'node:fs';
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

test('compose holds no secret: each is asked for', () => {
  const secret = /(_KEY|_TOKEN|PASSWORD|_PWD|REDISCLI_AUTH)$/;
  const all = [...compose.matchAll(/^ +([A-Z_]+): (.*)$/gm)].filter(([, name = '']) => secret.test(name));
  expect(all.length).toBeGreaterThan(8);
  for (const [, name, value] of all) expect(`${name}: ${value}`).toMatch(/: \$\{[A-Z_]+:\?/);
});
