/** Resident memory of each process once all are up and nothing is asked of them. */
import { execFileSync } from 'node:child_process';
import type { Sizes } from './sizes.ts';
import type { System } from './system.ts';
import type { Finding } from './table.ts';

/** Ours, as an operator runs them. */
const processes = ['authentication', 'web', 'api', 'workflow-worker', 'job-worker', 'agent'];

export async function measureMemory({ running }: System, { restMs }: Sizes): Promise<Finding[]> {
  await new Promise((resolve) => setTimeout(resolve, restMs));
  const rows = running
    .switches()
    .filter(({ name }) => processes.includes(name))
    .map(({ name, pid }) => ({ name, mb: residentMb(pid ?? 0) }));
  const total = rows.reduce((sum, { mb }) => sum + mb, 0);
  return [
    {
      title: 'Memory at rest',
      columns: ['process', 'resident'],
      rows: [...rows, { name: 'together', mb: total }].map(({ name, mb }) => [name, `${mb.toFixed(0)} MB`]),
      words: [`${restMs / 1000} s after the last was ready; pages that processes share are counted in each`],
    },
  ];
}

export const residentMb = (pid: number): number =>
  Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
