/** Registered clients, as oidc-provider asks for them. Those of the settings file (our own) are with it from the start. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import type Provider from 'oidc-provider';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { Known } from '../away/known.ts';
import { liveClient } from '../../db/client/client-key.ts';
import { type ClientSettings, triedIn } from '../../domain/client.ts';

/** How long another process may go on with what it read of a client: one that is switched off is off within it. */
const keptMs = 1000;

/** Our own pages, which try a registered client in its place: with its settings, their key, and their address to come back to. */
export interface Trying {
  jwks: ClientSettings['jwks'];
  callback: string;
}

/** Reads only. @param trying nothing where no client of the settings file is our own pages */
export function createClientStore(orm: MikroORM, known: Known['clients'], trying?: Trying): Adapter {
  const kept = new Map<string, { at: number; client: Promise<AdapterPayload | undefined> }>();

  async function read(id: string): Promise<AdapterPayload | undefined> {
    const tried = triedIn(id);
    if (tried !== undefined) return trialClient(tried, id);
    const found = await liveClient(orm.em.fork(), id);
    if (!found) return undefined;
    const { row, keys, secrets } = found;
    const { jwks: _theirs, client_secret: _none, ...settings } = row.settings;
    const isSecret = settings.token_endpoint_auth_method !== 'private_key_jwt';
    return {
      ...settings,
      client_id: row.id,
      client_name: row.settings.client_name,
      ...(isSecret && { client_secret: hashesOf(secrets) }),
      ...(!isSecret && !settings.jwks_uri && { jwks: { keys: keys.map(({ jwk }) => jwk) } }),
    };
  }
  /** The system itself is told nothing of it, not even that it ended. */
  async function trialClient(tried: string, id: string): Promise<AdapterPayload | undefined> {
    const found = trying && (await liveClient(orm.em.fork(), tried));
    if (!found) return undefined;
    const { backchannel_logout_uri: _uri, jwks_uri: _keys, client_secret: _none, ...settings } = found.row.settings;
    const { backchannel_logout_session_required: _session, ...rest } = settings as typeof settings & Record<string, unknown>;
    return {
      ...rest,
      client_id: id,
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
      jwks: trying.jwks,
      redirect_uris: [trying.callback],
      post_logout_redirect_uris: [],
      grant_types: ['authorization_code'],
      may_introspect: false,
      refresh_tokens: false,
      client_credentials: false,
    };
  }
  const none = async () => undefined;
  return {
    async find(id) {
      const before = kept.get(id);
      if (before && Date.now() - before.at < keptMs) return before.client;
      const client = known(id, () => read(id));
      kept.set(id, { at: Date.now(), client });
      if (kept.size > 10_000) kept.clear();
      client.catch(() => kept.delete(id));
      return client;
    },
    upsert: none,
    findByUid: none,
    findByUserCode: none,
    consume: none,
    destroy: none,
    revokeByGrantId: none,
  };
}

const hashed = 'sha256:';
const hashesOf = (secrets: readonly string[]) => `${hashed}${secrets.join(',')}`;
const hashOf = (secret: string) => createHash('sha256').update(secret).digest();

/** Of a registered client only hashes of secrets are known, two while they change; of one in the settings file, the secret. */
export function compareHashes({ Client }: Provider): void {
  Object.assign(Client.prototype, {
    compareClientSecret(this: { clientSecret?: string }, given: string): boolean {
      const known = this.clientSecret ?? '';
      const hashes = known.startsWith(hashed) ? known.slice(hashed.length).split(',') : [hashOf(known).toString('base64url')];
      return known !== '' && hashes.some((each) => each !== '' && timingSafeEqual(Buffer.from(each, 'base64url'), hashOf(given)));
    },
  });
}
