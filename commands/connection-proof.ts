/** What a connected system proves itself with: keys, or a secret that is shown once. Two of a kind overlap while they change. */
import { createPublicKey } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import {
  ClientSecretRow,
  keysOf,
  recordClientKey,
  recordClientKeyRemoved,
  recordClientSecret,
  recordClientSecretRemoved,
  secretsOfClient,
} from '../db/client/client-key.ts';
import { lockClient } from '../db/client/client.ts';
import { once } from '../db/idempotency.ts';
import { newSecret } from '../db/secret.ts';
import { clientJwk } from '../domain/client.ts';
import { day } from '../domain/day.ts';
import { addDays, instantInLondon, londonDay } from '../domain/days.ts';
import { nothingHere, Refusal } from '../domain/refusal.ts';
import { type Asking, causeOf, command, uuidFrom } from './command.ts';
import { connectionParams, type ConnectionSubject, findConnection } from './connection.ts';
import { query } from './query.ts';

export const mostKeys = 5;
export const mostSecrets = 2;
const mostKeyDays = 731;
const mostSecretDays = 366;

/** The last day on which it is good. */
function lastDay(most: number, missing: string) {
  return z
    .string(missing)
    .pipe(day)
    .refine((on) => on >= londonDay(new Date()) && on <= addDays(londonDay(new Date()), most), missing);
}
const endOf = (on: string) => instantInLondon(addDays(on, 1), '00:00');

const publicMembers = ['kty', 'kid', 'alg', 'use', 'n', 'e', 'crv', 'x', 'y'];
const notAKey = 'Paste one public key as a JWK: RSA of 2048 bits or more, or EC on P-256';

const publicKey = clientJwk
  .refine(isGoodKey, notAKey)
  .transform((jwk) => ({ ...Object.fromEntries(Object.entries(jwk).filter(([name]) => publicMembers.includes(name))), kid: jwk.kid }));

/** What the signatures that are taken (RS256, RS512, PS256, ES256) can be checked with. */
function isGoodKey(jwk: Record<string, unknown>): boolean {
  try {
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = createPublicKey({ key: jwk, format: 'jwk' });
    if (type === 'rsa') return (details?.modulusLength ?? 0) >= 2048;
    return type === 'ec' && details?.namedCurve === 'prime256v1';
  } catch {
    return false;
  }
}

const change = { permission: 'connection.change', params: connectionParams } as const;
const shown = ({ row, organisation, organisationName }: ConnectionSubject) => ({
  id: row.id,
  name: row.settings.client_name,
  state: row.state,
  organisation,
  organisationName,
  isBySecret: isBySecret(row),
  jwksUri: row.settings.jwks_uri ?? null,
});
const isBySecret = ({ settings }: ConnectionSubject['row']) => settings.token_endpoint_auth_method !== 'private_key_jwt';

/** The page of a new key or secret: what it has already, and how many it may have. */
export const proofForm = query({
  ...change,
  name: 'connection.proof-form',
  input: z.object({}),
  find: findConnection,
  run: async ({ em, subject }) => ({
    ...shown(subject),
    keys: (await keysOf(em, subject.row.id)).map(({ kid, notAfter }) => ({ kid, notAfter })),
    secrets: (await secretsOfClient(em, subject.row.id)).map(({ id, notAfter }) => ({ id, notAfter })),
  }),
});

export const addConnectionKey = command({
  ...change,
  name: 'connection.add-key',
  input: z.strictObject({ jwk: publicKey, lastDay: lastDay(mostKeyDays, 'Enter the last day of the key, within two years') }),
  find: findConnection,
  async run({ em, input, ...asking }) {
    const { row } = asking.subject;
    if (row.settings.jwks_uri)
      throw new Refusal('INVALID', 'Its keys are fetched from its own address: put the new key there', { jwk: 'fetched' });
    const notAfter = endOf(input.lastDay);
    const answer = await once(em, asking.key, async (tx) => {
      await refuseMore(tx, row.id, keysOf, mostKeys, 'jwk');
      await recordClientKey(tx, causeOf('connection.add-key', asking, null), { client: row.id, jwk: input.jwk, notAfter });
      return { id: row.id, kid: input.jwk.kid, notAfter: notAfter.toISOString() };
    });
    return { is: 'saved', answer };
  },
});

/** Those that have ended are not counted. */
async function refuseMore(
  tx: EntityManager,
  id: string,
  of: (em: EntityManager, id: string) => Promise<Array<{ notAfter: Date }>>,
  most: number,
  field: string,
): Promise<void> {
  await lockClient(tx, id);
  const live = (await of(tx, id)).filter(({ notAfter }) => notAfter > new Date());
  if (live.length >= most) throw new Refusal('INVALID', `It has ${live.length} already. Remove one first`, { [field]: 'too-many' });
}

/** Its answer is the secret, which is kept nowhere: who lost it makes another. */
export const makeConnectionSecret = command({
  ...change,
  name: 'connection.make-secret',
  input: z.strictObject({ lastDay: lastDay(mostSecretDays, 'Enter the last day of the secret, within a year') }),
  keyless: true,
  find: findConnection,
  async run({ em, input, ...asking }) {
    const { row } = asking.subject;
    if (!isBySecret(row)) throw new Refusal('INVALID', 'It proves itself by a key, so it needs no secret', { lastDay: 'by-key' });
    const id = uuidFrom(asking.key);
    const secret = newSecret();
    const notAfter = endOf(input.lastDay);
    await em.transactional(async (tx) => {
      await lockClient(tx, row.id);
      // A form sent twice: the first answer showed it, and nobody can show it again.
      if (await tx.findOne(ClientSecretRow, { id }))
        throw new Refusal('WRONG_STATE', 'This secret was made and shown once. If you did not copy it, remove it and make another');
      await refuseMore(tx, row.id, secretsOfClient, mostSecrets, 'lastDay');
      await recordClientSecret(tx, causeOf('connection.make-secret', asking, null), { client: row.id, id, secret, notAfter });
    });
    return { is: 'saved', answer: { id, client: row.id, name: row.settings.client_name, secret, notAfter: notAfter.toISOString() } };
  },
});

const keyParams = connectionParams.extend({ kid: z.string().min(1).max(200) });
async function findKey(em: EntityManager, { id, kid }: z.output<typeof keyParams>) {
  const subject = await findConnection(em, { id });
  const all = await keysOf(em, id);
  return {
    ...subject,
    kid,
    key: all.find((each) => each.kid === kid),
    others: all.filter((each) => each.kid !== kid && isLive(each)).length,
  };
}
const secretParams = connectionParams.extend({ secret: z.uuid() });
async function findSecret(em: EntityManager, { id, secret }: z.output<typeof secretParams>) {
  const subject = await findConnection(em, { id });
  const all = await secretsOfClient(em, id);
  return {
    ...subject,
    id: secret,
    secret: all.find((each) => each.id === secret),
    others: all.filter((each) => each.id !== secret && isLive(each)).length,
  };
}
const isLive = ({ notAfter }: { notAfter: Date }) => notAfter > new Date();

/** What removing a key would do. */
export const previewKeyRemoval = query({
  ...change,
  name: 'connection.preview-key-removal',
  params: keyParams,
  input: z.object({}),
  find: findKey,
  async run({ subject }) {
    if (!subject.key) throw nothingHere();
    return { ...shown(subject), kid: subject.kid, notAfter: subject.key.notAfter, addedAt: subject.key.addedAt, others: subject.others };
  },
});

export const previewSecretRemoval = query({
  ...change,
  name: 'connection.preview-secret-removal',
  params: secretParams,
  input: z.object({}),
  find: findSecret,
  async run({ subject }) {
    if (!subject.secret) throw nothingHere();
    const { id, notAfter, addedAt } = subject.secret;
    return { ...shown(subject), secret: id, notAfter, addedAt, others: subject.others };
  },
});

type Removing = Pick<Asking<unknown, ConnectionSubject>, 'em' | 'key' | 'actor' | 'caller' | 'subject'>;
const removed = async (asking: Removing, remove: (tx: EntityManager) => Promise<void>) =>
  once(asking.em, asking.key, async (tx) => {
    await remove(tx);
    return { id: asking.subject.row.id };
  });

/** From now on, whatever is signed with it is refused. */
export const removeConnectionKey = command({
  ...change,
  name: 'connection.remove-key',
  params: keyParams,
  input: z.strictObject({}),
  find: findKey,
  async run(asking) {
    const { row, kid } = asking.subject;
    const cause = causeOf('connection.remove-key', asking, null);
    return { is: 'saved', answer: await removed(asking, (tx) => recordClientKeyRemoved(tx, cause, { client: row.id, kid })) };
  },
});

export const removeConnectionSecret = command({
  ...change,
  name: 'connection.remove-secret',
  params: secretParams,
  input: z.strictObject({}),
  find: findSecret,
  async run(asking) {
    const { row, id } = asking.subject;
    const cause = causeOf('connection.remove-secret', asking, null);
    return { is: 'saved', answer: await removed(asking, (tx) => recordClientSecretRemoved(tx, cause, { client: row.id, id })) };
  },
});
