/**
 * Tells systems that a sign-in which let them in is over (OpenID Connect Back-Channel Logout 1.0). What ends sign-ins writes whom to
 * tell in its own transaction; this loop, in every process of ours, tells them within the second and tries again with growing pauses.
 * A system that does not answer keeps no token alive, and keeps no other system waiting.
 */
import { recordPositionsEnded, recordSystemTold, takeSystemsToTell, type ToTell } from '../db/sign-in/sign-in-ending.ts';
import { log } from '../pages/log.ts';
import { systemsTold } from '../pages/metrics.ts';
import type { AuthenticationDeps } from './deps.ts';
import type { CurrentProvider } from './provider/current.ts';

const lookEveryMs = 400;
const positionsAtOnce = 100;
/** Being told at the same time. */
const tellingAtMost = 100;
/** After each failed try, in seconds; then it is given up: its own session has long passed its limits. */
export const pausesSeconds = [1, 2, 5, 15, 60, 300, 900, 3600, 3600, 3600, 7200, 7200, 7200, 7200];

/** @returns stops it, once those who are being told have answered */
export function keepTelling({ orm }: Pick<AuthenticationDeps, 'orm'>, provider: CurrentProvider): () => Promise<void> {
  let stopping = false;
  let wake = () => {};
  const telling = new Set<Promise<void>>();

  async function round(): Promise<boolean> {
    const ended = await recordPositionsEnded(orm.em.fork(), positionsAtOnce);
    const room = tellingAtMost - telling.size;
    const due = room > 0 ? await takeSystemsToTell(orm.em.fork(), room) : [];
    for (const each of due) {
      const told = tell({ orm }, provider, each).finally(() => telling.delete(told));
      telling.add(told);
    }
    return ended === positionsAtOnce || (due.length > 0 && due.length === room);
  }

  async function rounds(): Promise<void> {
    while (!stopping) {
      const more = await round().catch((error: Error) => {
        log.warn({ error: error.name }, 'systems could not be told of ends');
        return false;
      });
      if (more || stopping) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
        setTimeout(resolve, lookEveryMs).unref();
      });
    }
    await Promise.all(telling);
  }

  const done = rounds();
  return () => {
    stopping = true;
    wake();
    return done;
  };
}

/** What the client model has, and its types do not say. */
interface BackChannel {
  backchannelLogout(sub: string, sid: string): Promise<void>;
}

async function tell({ orm }: Pick<AuthenticationDeps, 'orm'>, provider: CurrentProvider, each: ToTell): Promise<void> {
  try {
    const client = await provider().Client.find(each.client);
    const em = orm.em.fork();
    if (!client?.backchannelLogoutUri) return await recordSystemTold(em, each, { answer: 'takes-none', at: new Date() });
    const failed = await askToEnd(client as unknown as BackChannel, each);
    systemsTold.inc({ answer: failed ? 'failed' : 'told' });
    const pause = pausesSeconds[each.tries];
    if (!failed) return await recordSystemTold(em, each, { answer: 'told', at: new Date() });
    log.warn({ client: each.client, error: failed.name, tries: each.tries + 1 }, 'a system could not be told of an end');
    if (pause === undefined) return await recordSystemTold(em, each, { answer: 'given-up', at: new Date() });
    await recordSystemTold(em, each, { answer: 'failed', at: new Date(), again: new Date(Date.now() + pause * 1000) });
  } catch (error) {
    log.warn({ client: each.client, error: (error as Error).name }, 'that a system was told could not be saved: it is told again');
  }
}

const askToEnd = (client: BackChannel, { careId, sid }: ToTell): Promise<Error | undefined> =>
  client.backchannelLogout(careId, sid).then(
    () => undefined,
    (error: Error) => error,
  );
