/**
 * The provider of this process. oidc-provider takes its keys once: when they change a new one is made beside it and takes over. All its
 * state is in Redis and PostgreSQL, so that requests under way go on with either.
 */
import type { RequestListener } from 'node:http';
import type Provider from 'oidc-provider';
import { log } from '../../pages/log.ts';
import type { AuthenticationDeps } from '../deps.ts';
import { loadSigningKeys, turnOf } from './keys.ts';
import { createProvider } from './provider.ts';

export interface CurrentProvider {
  /** Ask for it at each request: it may be another one than before. */
  (): Provider;
  /** Answers a request for what OpenID Connect has addresses for. Made once for each provider: it puts its layers together. */
  answer: RequestListener;
  stop(): void;
}

export async function createCurrentProvider(deps: AuthenticationDeps): Promise<CurrentProvider> {
  const { AUTHENTICATION_KEY, SIGNING_KEY_DAYS, SIGNING_KEY_LOOK_SECONDS } = deps.settings;
  const load = () => loadSigningKeys(deps.orm, AUTHENTICATION_KEY, turnOf(SIGNING_KEY_DAYS));
  const keys = await load();
  let current = createProvider(deps, keys);
  let answer = current.callback();
  let order = orderOf(keys);

  async function refresh(): Promise<void> {
    const loaded = await load();
    if (orderOf(loaded) === order) return;
    current = createProvider(deps, loaded);
    answer = current.callback();
    order = orderOf(loaded);
    log.info({ keys: loaded.map(({ kid }) => kid) }, 'signing keys changed');
  }
  const looking = setInterval(() => {
    refresh().catch((error: Error) => log.warn({ error: error.name }, 'signing keys could not be read: the known ones are used'));
  }, SIGNING_KEY_LOOK_SECONDS * 1000);
  looking.unref();
  const now: RequestListener = (req, res) => answer(req, res);
  return Object.assign(() => current, { answer: now, stop: () => clearInterval(looking) });
}

const orderOf = (keys: ReadonlyArray<{ kid: string }>) => keys.map(({ kid }) => kid).join(' ');
