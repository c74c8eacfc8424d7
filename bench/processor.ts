import { readFileSync } from 'node:fs';

/** What a process has used of the processor so far, in milliseconds: its own threads, not its children. Linux only; elsewhere undefined. */
export function processorMsOf(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]); // utime and stime, proc(5): 14th and 15th of the line, the 3rd is the first here
  return ticks * (1000 / ticksPerSecond);
}

/** USER_HZ: 100 wherever Node runs on Linux. */
const ticksPerSecond = 100;

export interface Used {
  before: number | undefined;
  pid: number;
}

export const startUsing = (pid: number): Used => ({ pid, before: processorMsOf(pid) });

/** @returns milliseconds of the processor since then; NaN where it cannot be known */
export const usedSince = ({ pid, before }: Used): number => (processorMsOf(pid) ?? Number.NaN) - (before ?? Number.NaN);
