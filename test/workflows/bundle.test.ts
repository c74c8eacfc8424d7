import { readFileSync } from 'node:fs';

test('what only the edges need is not loaded anew with each case', () => {
  const bundle = readFileSync(process.env['TEST_WORKFLOWS']!, 'utf8');
  const packages = new Set([...bundle.matchAll(/"\.\/node_modules\/((?:@[^/"]+\/)?[^/"]+)/g)].map(([, name]) => name));
  expect(packages).toContain('@temporalio/workflow');
  expect([...packages].filter((name) => !/^(@temporalio\/.*|nexus-rpc|long|ms)$/.test(name!))).toEqual([]);
});
