/** What the alert rules speak of is measured, and each leads to a part of the runbook. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { registry } from '../pages/metrics.ts';

const read = (name: string) => readFileSync(fileURLToPath(new URL(`../operations/${name}`, import.meta.url)), 'utf8');
const rules = read('alerts.yml')
  .split('- alert: ')
  .slice(1)
  .map((text) => ({ alert: text.split('\n')[0]!, expr: /expr: (.+)/.exec(text)![1]!, runbook: /runbook: ([^ }]+)/.exec(text)![1]! }));

test.each(rules)('$alert is about figures that there are', async ({ expr }) => {
  const names = (await registry.getMetricsAsJSON()).map(({ name }) => name);
  const spoken = [...expr.matchAll(/\bcare_\w+/g)].map(([name]) => name.replace(/_(bucket|count|sum)$/, ''));
  expect(spoken.length).toBeGreaterThan(0);
  for (const name of spoken) expect(names).toContain(name);
});

test.each(rules)('$alert leads to what to do', ({ runbook }) => {
  const headings = [...read('runbook.md').matchAll(/^## (.+)$/gm)].map(([, words]) => words!.toLowerCase().replaceAll(' ', '-'));
  const [file, part] = runbook.split('#');
  expect(file).toBe('runbook.md');
  expect(headings).toContain(part);
});

test('no label of a figure says who or where', async () => {
  for (const { name } of await registry.getMetricsAsJSON()) {
    const { labelNames = [] } = registry.getSingleMetric(name) as unknown as { labelNames?: string[] };
    for (const label of labelNames) expect(['method', 'route', 'status', 'outcome', 'answer', 'le']).toContain(label);
  }
});
