/** What a client proves itself with: keys or, for older ones, secrets, each until its day, two at a time while they change. Of a secret only a hash is kept. */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { nothingHere, Refusal } from '../../domain/refusal.ts';
import type { Cause } from '../audit.ts';
import { hashOfSecret } from '../secret.ts';
import { auditClient, ClientRow, lockClient } from './client.ts';

const keySchema = defineEntity({
  name: 'ClientKeyRow',
  tableName: 'client_key',
  properties: {
    client: p.string().primary(),
    kid: p.string().primary(),
    jwk: p.json().$type<Record<string, unknown> & { kid: string }>(),
    notAfter: p.datetime(),
    addedBy: p.string(),
    addedAt: p.datetime(),
    removedAt: p.datetime().nullable(),
    warnedAt: p.datetime().nullable(),
  },
});
export class ClientKeyRow extends keySchema.class {}
keySchema.setClass(ClientKeyRow);

const secretSchema = defineEntity({
  name: 'ClientSecretRow',
  tableName: 'client_secret',
  properties: {
    id: p.uuid().primary(),
    client: p.string(),
    hash: p.string(),
    notAfter: p.datetime(),
    addedBy: p.string(),
    addedAt: p.datetime(),
    removedAt: p.datetime().nullable(),
    warnedAt: p.datetime().nullable(),
  },
});
export class ClientSecretRow extends secretSchema.class {}
secretSchema.setClass(ClientSecretRow);

export const keysOf = (em: EntityManager, client: string): Promise<ClientKeyRow[]> =>
  em.find(ClientKeyRow, { client, removedAt: null }, { orderBy: { notAfter: -1 }, refresh: true });
export const secretsOfClient = (em: EntityManager, client: string): Promise<ClientSecretRow[]> =>
  em.find(ClientSecretRow, { client, removedAt: null }, { orderBy: { notAfter: -1 }, refresh: true });

/** What signs in with it is judged by: one that is switched on, with what it can prove itself with now. */
export async function liveClient(
  em: EntityManager,
  id: string,
): Promise<{ row: ClientRow; keys: ClientKeyRow[]; secrets: string[] } | undefined> {
  const row = await em.findOne(ClientRow, { id, state: 'active' }, { refresh: true });
  if (!row) return undefined;
  const [keys, secrets] = [await keysOf(em, id), await secretsOfClient(em, id)];
  return { row, keys: keys.filter(good), secrets: secrets.filter(good).map(({ hash }) => hash) };
}
const good = ({ notAfter }: { notAfter: Date }) => notAfter > new Date();

/** @throws {Refusal} INVALID if it has a key of this name already */
export async function recordClientKey(
  em: EntityManager,
  cause: Cause,
  { client: id, jwk, notAfter }: { client: string; jwk: Record<string, unknown> & { kid: string }; notAfter: Date },
): Promise<void> {
  const row = await lockClient(em, id);
  const key = { client: id, kid: jwk.kid, jwk, notAfter, addedBy: cause.who, addedAt: cause.at };
  const { affectedRows } = await em.createQueryBuilder(ClientKeyRow).insert(key).onConflict(['client', 'kid']).ignore().execute('run');
  if (affectedRows === 0) throw new Refusal('INVALID', 'It has, or had, a key with this kid. Give the new key another', { kid: 'taken' });
  await auditClient(em, cause, 'add-key', row, { kid: jwk.kid, notAfter: notAfter.toISOString() });
}

export async function recordClientKeyRemoved(
  em: EntityManager,
  cause: Cause,
  { client: id, kid }: { client: string; kid: string },
): Promise<void> {
  const row = await lockClient(em, id);
  if ((await em.nativeUpdate(ClientKeyRow, { client: id, kid, removedAt: null }, { removedAt: cause.at })) === 0) throw nothingHere();
  await auditClient(em, cause, 'remove-key', row, { kid });
}

export async function recordClientSecret(
  em: EntityManager,
  cause: Cause,
  { client, id, secret, notAfter }: { client: string; id: string; secret: string; notAfter: Date },
): Promise<void> {
  const row = await lockClient(em, client);
  await em.insert(ClientSecretRow, { id, client, hash: hashOfSecret(secret), notAfter, addedBy: cause.who, addedAt: cause.at });
  await auditClient(em, cause, 'add-secret', row, { secret: id, notAfter: notAfter.toISOString() });
}

export async function recordClientSecretRemoved(
  em: EntityManager,
  cause: Cause,
  { client, id }: { client: string; id: string },
): Promise<void> {
  const row = await lockClient(em, client);
  if ((await em.nativeUpdate(ClientSecretRow, { id, client, removedAt: null }, { removedAt: cause.at })) === 0) throw nothingHere();
  await auditClient(em, cause, 'remove-secret', row, { secret: id });
}
