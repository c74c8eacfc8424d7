import { type Service, startChild } from './child.ts';

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
    env: start.env,
    url: new URL(start.ready).origin,
    logFile: start.logFile,
    isReady: async () => (await fetch(start.ready, { signal: AbortSignal.timeout(2000), redirect: 'manual' })).ok,
  });
