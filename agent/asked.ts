/** What was asked and is not over: who asked, what the person must do, and the answer the page waits for. */
import { randomBytes } from 'node:crypto';
import type { AgentRefusalCode, AgentRequest, AgentResult, ListedOrigin, Order, Progress } from '../domain/agent-protocol.ts';
import { agentRefusals, agentTimes } from '../domain/agent-protocol.ts';
import { CardError } from './drivers/driver.ts';
import type { Need } from './steps.ts';

const mostAtOnce = 10;
/** How long a page may come back for an answer it did not get. */
const keptSeconds = 60;

export interface Asked {
  readonly id: string;
  readonly from: ListedOrigin;
  readonly request: AgentRequest;
  readonly order: Order | null;
  readonly need: Need;
  /** Only the agent's own window has it. */
  readonly formToken: string;
  /** A form is being acted on: a second press changes nothing. */
  isBusy: boolean;
  progress: Progress;
  readonly over: Promise<void>;
  finish(result: AgentResult): void;
  refuse(code: AgentRefusalCode): void;
}

export interface AskedStore {
  /** @throws {CardError} BUSY when that site has too many waiting */
  add(what: Pick<Asked, 'from' | 'request' | 'order' | 'need'>): Asked;
  get(id: string): Asked | null;
  close(): void;
}

export function createAskedStore(requestSeconds: number = agentTimes.requestSeconds): AskedStore {
  const all = new Map<string, Asked>();
  const timers = new Set<NodeJS.Timeout>();
  const later = (seconds: number, act: () => void) => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      act();
    }, seconds * 1000);
    timers.add(timer.unref());
  };
  return {
    add(what) {
      const waiting = [...all.values()].filter(({ from, progress }) => from.origin === what.from.origin && progress.state === 'waiting');
      if (waiting.length >= mostAtOnce) throw new CardError('BUSY');
      const asked = createAsked(what, (id) => later(keptSeconds, () => all.delete(id)));
      all.set(asked.id, asked);
      later(requestSeconds, () => asked.refuse('TOO_LATE'));
      return asked;
    },
    get: (id) => all.get(id) ?? null,
    close: () => timers.forEach((timer) => clearTimeout(timer)),
  };
}

/** The first answer stays. */
function createAsked(what: Pick<Asked, 'from' | 'request' | 'order' | 'need'>, whenOver: (id: string) => void): Asked {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = (progress: Progress) => {
    if (asked.progress.state !== 'waiting') return;
    asked.progress = progress;
    resolve();
    whenOver(asked.id);
  };
  const asked: Asked = {
    ...what,
    id: randomBytes(16).toString('base64url'),
    formToken: randomBytes(16).toString('base64url'),
    isBusy: false,
    progress: { state: 'waiting' },
    over: promise,
    finish: (result) => end({ state: 'done', result }),
    refuse: (code) => end({ state: 'refused', refusal: { code, message: agentRefusals[code] } }),
  };
  return asked;
}

export interface KeptPasscodes {
  keep(of: { from: ListedOrigin; order: Order }, passcode: string): void;
  get(of: { from: ListedOrigin; order: Order }): string | null;
  drop(of: { from: ListedOrigin; order: Order }): void;
}

/** The passcode of a renewal, in memory, for the steps that follow: that site, that case, that card only. */
export function createKeptPasscodes(keptMs = 300_000): KeptPasscodes {
  const kept = new Map<string, string>();
  const name = ({ from, order }: { from: ListedOrigin; order: Order }) => `${from.origin} ${order.case} ${order.card}`;
  return {
    keep(of, passcode) {
      kept.set(name(of), passcode);
      setTimeout(() => kept.delete(name(of)), keptMs).unref();
    },
    get: (of) => kept.get(name(of)) ?? null,
    drop: (of) => void kept.delete(name(of)),
  };
}
