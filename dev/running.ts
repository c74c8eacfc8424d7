/**
 * What was started, in its order: stopped in the opposite one, started again when it ends by itself, as a supervisor would,
 * and switched off and on by hand or by a test.
 */
import type { Service } from './services/child.ts';

export type SwitchState = 'up' | 'off' | 'starting';
export interface Switch {
  name: string;
  state: SwitchState;
  pid: number | undefined;
  url: string;
}

interface Entry extends Switch {
  begin: () => Promise<Service>;
  service: Service;
}

export interface Running {
  /** Starts one thing, says so, and remembers it. */
  start: <S extends Service>(name: string, begin: () => Promise<S>) => Promise<S>;
  switches: () => Switch[];
  /** Orderly, and it stays off. */
  off: (name: string) => Promise<void>;
  on: (name: string) => Promise<void>;
  /** As a crash would; it comes back by itself. */
  kill: (name: string) => Promise<void>;
  stop: () => Promise<void>;
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 1000));

export function createRunning(say: (line: string) => void): Running {
  const entries: Entry[] = [];
  let stopping = false;

  /** @throws {Error} that there is no such thing */
  function find(name: string): Entry {
    const entry = entries.find((each) => each.name === name);
    if (!entry) throw new Error(`There is no ${name} here`);
    return entry;
  }

  function watch(entry: Entry): void {
    void entry.service.ended.then(async (how) => {
      if (stopping || entry.state !== 'up') return;
      say(`  ${entry.name} ${how}; starting it again`);
      entry.state = 'starting';
      await pause(); // as a supervisor does: whoever needs it meanwhile sees it away
      await begin(entry);
    });
  }

  async function begin(entry: Entry): Promise<void> {
    entry.state = 'starting';
    while (!stopping) {
      try {
        entry.service = await entry.begin();
        Object.assign(entry, { state: 'up', pid: entry.service.pid });
        return watch(entry);
      } catch (error) {
        say(`  ${entry.name} did not start: ${(error as Error).message.split('\n')[0]}`);
        await pause();
      }
    }
  }

  return {
    async start(name, beginFirst) {
      const began = Date.now();
      const service = await beginFirst();
      const entry: Entry = { name, state: 'up', pid: service.pid, url: service.url, begin: beginFirst, service };
      entries.push(entry);
      watch(entry);
      say(`  ${name.padEnd(22)} up after ${((Date.now() - began) / 1000).toFixed(1)} s`);
      return service;
    },
    switches: () => entries.map(({ name, state, pid, url }) => ({ name, state, pid, url })),
    async off(name) {
      const entry = find(name);
      if (entry.state !== 'up') return;
      entry.state = 'off';
      await entry.service.stop();
      entry.pid = undefined;
    },
    async on(name) {
      const entry = find(name);
      if (entry.state === 'off') await begin(entry);
    },
    kill: (name) => find(name).service.kill(),
    async stop() {
      stopping = true;
      for (const { name, state, service } of entries.toReversed()) {
        if (state === 'up') await service.stop();
        say(`  ${name.padEnd(22)} stopped`);
      }
    },
  };
}
