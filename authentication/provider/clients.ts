/** Registered clients, as oidc-provider asks for them. Those of the settings file (our own) are with it from the start. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import type Provider from 'oidc-provider';
import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { Known } from '../away/known.ts';
import { liveClient } from '../../db/client-key.ts';

/** How long another process may go on with what it read of a client: one that is switched off is off within it. */
const keptMs = 1000;

/** Reads only. */
export function createClientStore(orm: MikroORM, known: Known['clients']): Adapter {
  const kept = new Map<string, { at: number; client: Promise<AdapterPayload | undefined> }>();

  async function read(id: string): Promise<AdapterPayload | undefined> {
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
