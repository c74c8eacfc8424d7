import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const setUp = fileURLToPath(new URL('../../dev/set-up.mjs', import.meta.url));

test('set-up says nothing and takes less than a second when everything is there', () => {
  const began = Date.now();
  const output = execFileSync(process.execPath, [setUp, '--test'], { encoding: 'utf8', timeout: 20_000 });
  expect(output).toBe('');
  expect(Date.now() - began).toBeLessThan(1000);
});
