/** What was started, in its order, so that it can be stopped in the opposite one. */
import type { Service } from './services/child.ts';

export interface Running {
  /** Starts one thing, says so, and remembers it. */
  start: <S extends Service>(name: string, begin: () => Promise<S>) => Promise<S>;
  /** Whether everything still runs; the first that ended, if not. */
  ended: Promise<string>;
  stop: () => Promise<void>;
}

export function createRunning(say: (line: string) => void): Running {
  const started: Array<{ name: string; service: Service }> = [];
  let stopping = false;
  let over: (how: string) => void = () => {};
  const ended = new Promise<string>((resolve) => (over = resolve));
  return {
    ended,
    async start(name, begin) {
      const began = Date.now();
      const service = await begin();
      started.push({ name, service });
      void service.ended.then((how) => stopping || over(`${name} ${how}`));
      say(`  ${name.padEnd(22)} up after ${((Date.now() - began) / 1000).toFixed(1)} s`);
      return service;
    },
    async stop() {
      stopping = true;
      for (const { name, service } of started.toReversed()) {
        await service.stop();
        say(`  ${name.padEnd(22)} stopped`);
      }
    },
  };
}
