/**
 * `npm run bench`: starts a service of its own, measures it, writes the tables to the screen and, for a whole run, to bench/results.md.
 *
 *   npm run bench -- --scale small --only lists,sign-ins     (or BENCH_SCALE and BENCH_ONLY)
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { measureLists } from './lists.ts';
import { describeMachine } from './machine.ts';
import { measureMemory } from './memory.ts';
import { measurePlatform } from './platform.ts';
import { measurePositionRequests } from './position-requests.ts';
import { measureSignIns } from './sign-ins.ts';
import { type MeasureName, measureNames, readSizes, type Sizes } from './sizes.ts';
import { startSystem, type System } from './system.ts';
import { type Finding, written } from './table.ts';

/** Memory first: at rest nothing was asked of the processes yet. */
const measures: Readonly<Record<MeasureName, (system: System, sizes: Sizes) => Promise<Finding[]>>> = {
  memory: measureMemory,
  'position-requests': measurePositionRequests,
  'sign-ins': measureSignIns,
  platform: measurePlatform,
  lists: measureLists,
};
const results = fileURLToPath(new URL('results.md', import.meta.url));

const { scale, sizes, only } = readSizes();
const began = Date.now();
const say = (line: string) => console.info(`${((Date.now() - began) / 1000).toFixed(0).padStart(4)} s  ${line}`);
const system = await startSystem(say);

try {
  const machine = await describeMachine(system.places);
  const parts = [
    Object.entries(machine)
      .map(([what, value]) => `- ${what}: ${value}`)
      .join('\n'),
  ];
  for (const name of measureNames.filter((each) => only.includes(each))) {
    say(`${name} measured`);
    for (const finding of await measures[name](system, sizes)) {
      parts.push(written(finding));
      console.info(`\n${written(finding)}\n`);
    }
  }
  if (scale === 'full' && only.length === measureNames.length) {
    writeFileSync(
      results,
      `# Results of the last whole run\n\nWritten by \`npm run bench\`; earlier ones are in the history of this file.\n\n${parts.join('\n\n')}\n`,
    );
    say(`written to ${results}`);
  }
} finally {
  await system.stop();
}
