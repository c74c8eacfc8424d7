/** Systems that rely on us, each with a small HTTP server of its own for the news that somebody was signed out. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EntityManager } from '@mikro-orm/postgresql';
import { decodeJwt, type JWTPayload } from 'jose';
import { recordClientSecret } from '../../db/client/client-key.ts';
import { recordChangeDecided, recordClient } from '../../db/client/client.ts';
import { client as clientSchema, type ClientSettings } from '../../domain/client.ts';

export type Manner = 'live' | 'slow' | 'dead';
export const systemCallback = 'http://localhost:1/callback';

export interface TestSystem {
  id: string;
  secret: string;
  manner: Manner;
  /** What it was told, and when it was asked. */
  told: Array<{ at: number; token: JWTPayload }>;
  close(): void;
}

/** @param manner a slow one answers after 3 seconds, a dead one takes the request and never answers */
export async function aSystem(
  em: () => EntityManager,
  organisation: string,
  manner: Manner,
  more: Partial<ClientSettings> = {},
): Promise<TestSystem> {
  const told: TestSystem['told'] = [];
  const server = await listening(
    createServer((req, res) => {
      let body = '';
      req.on('data', (part: Buffer) => (body += part.toString()));
      req.on('end', () => {
        told.push({ at: Date.now(), token: decodeJwt(new URLSearchParams(body).get('logout_token')!) });
        if (manner === 'live') res.end();
        else if (manner === 'slow') setTimeout(() => res.end(), 3000);
      });
    }),
  );
  const id = `${randomUUID()}.apps.test`;
  const settings = clientSchema.parse({
    client_id: id,
    client_name: `${manner} system`,
    redirect_uris: [systemCallback],
    token_endpoint_auth_method: 'client_secret_post',
    backchannel_logout_uri: `http://localhost:${(server.address() as AddressInfo).port}/signed-out`,
    ...more,
  });
  const [secret, change] = [`${randomUUID()}${randomUUID()}`, randomUUID()];
  const cause = (who: string) => ({ id: `test/${randomUUID()}`, at: new Date(), who, via: 'web' as const, caseId: null });
  const registration = { settings, environment: 'sandbox' as const, purposes: {}, contact: 'oak@example.org', reviewOn: '2027-11-25' };
  await em().transactional((tx) => recordClient(tx, cause('integrator'), { id, organisation, change, ...registration }));
  await em().transactional((tx) => recordChangeDecided(tx, cause('approver'), { change, answer: 'approved' }));
  const kept = { client: id, id: randomUUID(), secret, notAfter: new Date(Date.now() + 86_400_000) };
  await em().transactional((tx) => recordClientSecret(tx, cause('integrator'), kept));
  return { id, secret, manner, told, close: () => (server.closeAllConnections(), void server.close()) };
}

async function listening(server: Server): Promise<Server> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
