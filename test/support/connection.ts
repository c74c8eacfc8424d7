import { generateKeyPairSync, randomUUID } from 'node:crypto';
import type { MikroORM } from '@mikro-orm/postgresql';
import { recordClientKey } from '../../db/client/client-key.ts';
import { type ClientEnvironment, recordChangeDecided, recordClient } from '../../db/client/client.ts';
import { client, type ClientSettings } from '../../domain/client.ts';
import { addDays, londonDay } from '../../domain/days.ts';
import { aPerson, aRoleProfile } from './database.ts';

export const today = () => londonDay(new Date());
export const inDays = (days: number) => addDays(today(), days);

/** Somebody who looks after connected systems of an organisation and those below it. */
export async function aConnectionManager(orm: MikroORM, organisation: string, named = 'Noah Fraser'): Promise<string> {
  const person = await aPerson(orm, { named, organisation });
  await aRoleProfile(orm, { person, organisation, jobRole: 'R8015', activities: ['L0002'] });
  return person;
}

interface Given {
  organisation: string;
  name?: string;
  environment?: ClientEnvironment;
  reviewOn?: string;
  contact?: string;
  settings?: Partial<ClientSettings>;
  approved?: boolean;
}

/** A system that is registered, and approved unless it is said not to be. @returns its id */
export async function aConnection(
  orm: MikroORM,
  {
    organisation,
    name = 'Oak records',
    environment = 'integration',
    reviewOn = inDays(300),
    contact = 'oak@example.org',
    settings = {},
    approved = true,
  }: Given,
): Promise<string> {
  const [id, change] = [`${randomUUID()}.apps.test`, randomUUID()];
  const registration = {
    settings: client.parse({
      client_id: id,
      client_name: name,
      redirect_uris: ['https://oak.example/callback'],
      scope: 'openid profile',
      ...settings,
    }),
    environment,
    purposes: { profile: 'To greet people by name' },
    contact,
    reviewOn,
  };
  const cause = (who: string) => ({ id: `test/${randomUUID()}`, at: new Date(), who, via: 'web' as const, caseId: null });
  await orm.em.fork().transactional((tx) => recordClient(tx, cause('somebody'), { id, organisation, change, ...registration }));
  if (approved) await orm.em.fork().transactional((tx) => recordChangeDecided(tx, cause('another'), { change, answer: 'approved' }));
  return id;
}

export function aJwk(kid: string = randomUUID()) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' };
  return { jwk, privateJwk: { ...privateKey.export({ format: 'jwk' }), kid } };
}

export async function withKey(orm: MikroORM, client: string, notAfter: Date, kid: string = randomUUID()): Promise<string> {
  const cause = { id: `test/${randomUUID()}`, at: new Date(), who: 'somebody', via: 'web' as const, caseId: null };
  await orm.em.fork().transactional((tx) => recordClientKey(tx, cause, { client, jwk: aJwk(kid).jwk, notAfter }));
  return kid;
}
