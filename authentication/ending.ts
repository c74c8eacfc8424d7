/** Ends sign-ins and tells the systems that were let in by them (OpenID Connect Back-Channel Logout). */
import type Provider from 'oidc-provider';
import type { Cause } from '../db/audit.ts';
import { type EndedClient, type Ending, recordSignInsEnded, recordSystemTold } from '../db/sign-in.ts';
import { log } from '../pages/log.ts';
import type { AuthenticationDeps } from './deps.ts';

export interface Told {
  client: string;
  answer: 'told' | 'failed' | 'takes none';
}

/**
 * Safe to ask again with the same cause: what has ended stays ended, and every system is told once more.
 * The sign-ins are over when this begins to tell anybody: a system that does not answer keeps no token alive.
 */
export async function endSignIns(
  { orm }: AuthenticationDeps,
  provider: Provider,
  cause: Cause,
  { which, reason }: { which: Ending; reason: string },
): Promise<Told[]> {
  const clients = await orm.em.fork().transactional((em) => recordSignInsEnded(em, cause, which, reason));
  return Promise.all(clients.map((ended) => tell(ended)));

  async function tell(ended: EndedClient): Promise<Told> {
    const answer = await askToEnd(provider, ended);
    if (answer !== 'takes none') await recordSystemTold(orm.em.fork(), cause, { ...ended, answer });
    return { client: ended.client, answer };
  }
}

/** What the client model has, and its types do not say. */
interface BackChannel {
  backchannelLogout(sub: string, sid: string): Promise<void>;
}

async function askToEnd(provider: Provider, { client: id, careId, sid }: EndedClient): Promise<Told['answer']> {
  const client = await provider.Client.find(id).catch(() => undefined);
  if (!client?.backchannelLogoutUri) return 'takes none';
  try {
    await (client as unknown as BackChannel).backchannelLogout(careId, sid);
    return 'told';
  } catch (error) {
    log.warn({ client: id, error: (error as Error).name }, 'a system could not be told of an end');
    return 'failed';
  }
}
