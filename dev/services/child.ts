// A program that runs beside us: its output in a file, ready before we go on, and gone when we are, however we ended.
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** What every embedded service and process of ours answers. */
export type Service = {
  /** Where it is reached. */
  url: string;
  /** The process itself, for whoever wants to see it killed. */
  pid: number;
  /** Orderly; by force if it takes more than ten seconds. Resolves when the process is gone. */
  stop(): Promise<void>;
  /** As a crash would. Resolves when the process is gone. */
  kill(): Promise<void>;
  /** Resolves when the process ends, for whatever reason. */
  ended: Promise<string>;
};

export type Child = {
  name: string;
  command: string;
  args: string[];
  url: string;
  logFile: string;
  /** Asked every 100 ms until it says true; what it throws means "not yet". */
  isReady: () => Promise<boolean>;
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  user?: { uid: number; gid: number };
  stopSignal?: 'SIGTERM' | 'SIGINT';
  readyWithinMs?: number;
  stopWithinMs?: number;
};

/*
 * The shell becomes the program, and leaves behind a watcher that reads a pipe held by us. When it closes and the program is still there, we
 * are dead: the watcher stops the program. The second fork keeps the watcher from being a child of the program.
 */
const watched = `
signal=$1 me=$$
shift
exec 3<&0
end() {
  kill -s "$signal" "$me"
  for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1; kill -0 "$me" || return; done
  kill -s KILL "$me"
}
( ( read -r word <&3; kill -0 "$me" && end ) >/dev/null 2>&1 & )
exec 3<&-
exec "$@" </dev/null`;

const lastLines = (path: string): string => readFileSync(path, 'utf8').trimEnd().split('\n').slice(-15).join('\n  ');

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** @throws {Error} with the last lines of its output, if it ends or does not get ready in time */
export async function startChild(child: Child): Promise<Service> {
  const { name, command, args, url, logFile, isReady, stopSignal = 'SIGTERM', readyWithinMs = 60_000, stopWithinMs = 10_000 } = child;
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a');
  const running = spawn('/bin/sh', ['-c', watched, name, stopSignal.slice(3), command, ...args], {
    env: child.env ?? process.env,
    ...(child.cwd && { cwd: child.cwd }),
    ...child.user,
    stdio: ['pipe', log, log],
    detached: true, // Ctrl-C in a terminal reaches us only, and we stop things in their order
  });
  closeSync(log);
  let isOver = false;
  const ended = new Promise<string>((resolve) => {
    const end = (how: string) => {
      isOver = true;
      running.stdin?.destroy();
      resolve(how);
    };
    running.once('error', (error) => end(error.message));
    running.once('exit', (code, signal) => end(signal ? `was ended by ${signal}` : `ended with code ${code}`));
  });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (!isOver) running.kill(signal);
    const force = setTimeout(() => void running.kill('SIGKILL'), stopWithinMs);
    await ended;
    clearTimeout(force);
  };

  const until = Date.now() + readyWithinMs;
  while (!(await isReady().catch(() => false))) {
    if (isOver) throw new Error(`${name} ${await ended}. The last lines of ${logFile}:\n  ${lastLines(logFile)}`);
    if (Date.now() > until) {
      await end('SIGKILL');
      throw new Error(`${name} was not ready after ${readyWithinMs / 1000} s. The last lines of ${logFile}:\n  ${lastLines(logFile)}`);
    }
    await pause(100);
  }
  return { url, pid: running.pid ?? 0, ended, stop: () => end(stopSignal), kill: () => end('SIGKILL') };
}

/** For `isReady` of what speaks HTTP: any answer that is no fault. */
export const answersAt = async (url: string): Promise<boolean> =>
  (await fetch(url, { signal: AbortSignal.timeout(2000), redirect: 'manual' })).status < 500;
