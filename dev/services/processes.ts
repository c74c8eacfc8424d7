import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Service, startChild } from './child.ts';

/** What Node made of our sources once: a process that starts again is up in two thirds of the time. */
const compiled = join(homedir(), '.cache/care-identity/compiled');

/**
 * One of our own entry points as a child. Its settings are `env` and nothing else of ours.
 * @param start.ready the address that answers 2xx once the process serves
 */
export const startProcess = (start: {
  name: string;
  entry: string;
  env: NodeJS.ProcessEnv;
  logFile: string;
  ready: string;
}): Promise<Service> =>
  startChild({
    name: start.name,
    command: process.execPath,
    args: [start.entry],
    env: { NODE_COMPILE_CACHE: compiled, ...start.env },
    url: new URL(start.ready).origin,
    logFile: start.logFile,
    isReady: async () => (await fetch(start.ready, { signal: AbortSignal.timeout(2000), redirect: 'manual' })).ok,
  });
