/**
 * A system that relies on us, and what it is registered for. What widens what it may see waits in `client_change` for a second person
 * (domain/client.ts). What it proves itself with is in db/client/client-key.ts.
 */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { type ClientScope, type ClientSettings, widens } from '../../domain/client.ts';
import { nothingHere, Refusal } from '../../domain/refusal.ts';
import { type Cause, recordAudit } from '../audit.ts';

export const clientStates = ['proposed', 'active', 'off'] as const;
export type ClientState = (typeof clientStates)[number];
export const clientEnvironments = ['live', 'integration', 'sandbox'] as const;
export type ClientEnvironment = (typeof clientEnvironments)[number];
export type Purposes = Readonly<Partial<Record<ClientScope, string>>>;

/** What integration staff say of a client. Its id, keys and secrets are in no version. */
export interface Registration {
  settings: ClientSettings;
  environment: ClientEnvironment;
  /** Why it is told what each scope tells. */
  purposes: Purposes;
  contact: string;
  /** ISO day by which somebody looks at it again. */
  reviewOn: string;
}

const registration = {
  environment: p.enum(clientEnvironments),
  settings: p.json().$type<ClientSettings>(),
  purposes: p.json().$type<Purposes>(),
  contact: p.string(),
  reviewOn: p.date(),
};

const schema = defineEntity({
  name: 'ClientRow',
  tableName: 'client',
  properties: {
    id: p.string().primary(),
    organisation: p.string(),
    state: p.enum(clientStates),
    ...registration,
    version: p.integer(),
    madeBy: p.string(),
    madeAt: p.datetime(),
    changedBy: p.string(),
    changedAt: p.datetime(),
    approvedBy: p.string().nullable(),
    lastUsedAt: p.datetime().nullable(),
  },
});
export class ClientRow extends schema.class {}
schema.setClass(ClientRow);

const changeSchema = defineEntity({
  name: 'ClientChangeRow',
  tableName: 'client_change',
  properties: {
    id: p.uuid().primary(),
    client: p.string(),
    /** Of the client, when it was asked for. */
    version: p.integer(),
    ...registration,
    widens: p.array(),
    askedBy: p.string(),
    askedAt: p.datetime(),
    state: p.enum(['asked', 'approved', 'rejected', 'withdrawn'] as const),
    decidedBy: p.string().nullable(),
    decidedAt: p.datetime().nullable(),
    reason: p.string().nullable(),
  },
});
export class ClientChangeRow extends changeSchema.class {}
changeSchema.setClass(ClientChangeRow);

/** @throws {Refusal} NOT_FOUND */
export async function findClient(em: EntityManager, id: string): Promise<ClientRow> {
  const row = await em.findOne(ClientRow, { id }, { refresh: true });
  if (!row) throw nothingHere();
  return row;
}

/** The change that waits for a second person, if there is one. */
export const askedChange = (em: EntityManager, client: string): Promise<ClientChangeRow | null> =>
  em.findOne(ClientChangeRow, { client, state: 'asked' }, { refresh: true });

/** The last changes that a second person decided, or whoever asked withdrew. */
export const decidedChanges = (em: EntityManager, client: string, limit: number): Promise<ClientChangeRow[]> =>
  em.find(ClientChangeRow, { client, state: { $ne: 'asked' } }, { orderBy: { decidedAt: -1 }, limit, refresh: true });

export const auditClient = (
  em: EntityManager,
  cause: Cause,
  what: string,
  { id, organisation }: Pick<ClientRow, 'id' | 'organisation'>,
  detail: Record<string, string> = {},
) => recordAudit(em, cause, { what: `client.${what}`, subjectKind: 'client', subjectId: id, organisation, detail });

/** Registers a client, which signs nobody in before a second person approves it. @throws {Refusal} INVALID if the id was ever used */
export async function recordClient(
  em: EntityManager,
  cause: Cause,
  { id, organisation, change, ...registered }: Registration & { id: string; organisation: string; change: string },
): Promise<void> {
  const times = { madeBy: cause.who, madeAt: cause.at, changedBy: cause.who, changedAt: cause.at };
  const row = { id, organisation, state: 'proposed' as const, ...registered, version: 1, ...times, approvedBy: null, lastUsedAt: null };
  const { affectedRows } = await em.createQueryBuilder(ClientRow).insert(row).onConflict('id').ignore().execute('run');
  if (affectedRows === 0) throw new Refusal('INVALID', 'There is a client with this id already', { id: 'taken' });
  await auditClient(em, cause, 'register', { id, organisation });
  await askFor(em, cause, { row: { id, organisation, version: 1 }, change, registered, ways: widens(undefined, registered.settings) });
}

async function askFor(
  em: EntityManager,
  cause: Cause,
  {
    row: { id: client, organisation, version },
    change,
    registered,
    ways,
  }: { row: Pick<ClientRow, 'id' | 'organisation' | 'version'>; change: string; registered: Registration; ways: string[] },
): Promise<void> {
  const asked = {
    id: change,
    client,
    version,
    ...registered,
    widens: ways,
    askedBy: cause.who,
    askedAt: cause.at,
    state: 'asked' as const,
  };
  const { affectedRows } = await em.createQueryBuilder(ClientChangeRow).insert(asked).onConflict().ignore().execute('run');
  if (affectedRows === 0) throw new Refusal('WRONG_STATE', 'Another change of this client waits to be approved. Decide that one first');
  await auditClient(
    em,
    { ...cause, id: `${cause.id}/ask` },
    'ask-change',
    { id: client, organisation },
    { change, widens: ways.join('; ') },
  );
}

/**
 * Changes a client at once, or asks for it where it would see or do more.
 *
 * @returns the ways in which it widens: none if it is done
 * @throws {Refusal} WRONG_STATE if it changed meanwhile, or another change waits
 */
export async function recordClientChange(
  em: EntityManager,
  cause: Cause,
  { id, version, change, ...registered }: Registration & { id: string; version: number; change: string },
): Promise<string[]> {
  const row = await lockClient(em, id);
  if (row.version !== version) throw changedMeanwhile(row);
  const toLive = registered.environment === 'live' && row.environment !== 'live' ? ['It becomes a live system'] : [];
  const ways = [...widens(row.state === 'proposed' ? undefined : row.settings, registered.settings), ...toLive];
  if (ways.length > 0 || row.state === 'proposed') {
    await askFor(em, cause, { row, change, registered, ways });
    return ways;
  }
  await apply(em, cause, row, registered);
  await auditClient(em, cause, 'change', row, { version: String(version + 1) });
  return [];
}

const apply = (em: EntityManager, cause: Cause, { id, version }: Pick<ClientRow, 'id' | 'version'>, registered: Registration) =>
  em.nativeUpdate(ClientRow, { id }, { ...registered, version: version + 1, changedBy: cause.who, changedAt: cause.at });

/**
 * A second person decides. @throws {Refusal} SAME_PERSON; WRONG_STATE if it was decided, or the client changed since
 */
export async function recordChangeDecided(
  em: EntityManager,
  cause: Cause,
  { change, answer, reason = null }: { change: string; answer: 'approved' | 'rejected' | 'withdrawn'; reason?: string | null },
): Promise<void> {
  const asked = await em.findOne(ClientChangeRow, { id: change }, { refresh: true });
  if (!asked) throw nothingHere();
  const row = await lockClient(em, asked.client);
  if (answer !== 'withdrawn' && asked.askedBy === cause.who)
    throw new Refusal('SAME_PERSON', 'You asked for this change, so somebody else has to decide it');
  const decided = { state: answer, decidedBy: cause.who, decidedAt: cause.at, reason };
  if ((await em.nativeUpdate(ClientChangeRow, { id: change, state: 'asked' }, decided)) === 0)
    throw new Refusal('WRONG_STATE', `This was already ${asked.state}`, { state: asked.state });
  if (answer === 'approved') {
    if (row.version !== asked.version) throw changedMeanwhile(row);
    const { settings, environment, purposes, contact, reviewOn } = asked;
    await apply(em, cause, row, { settings, environment, purposes, contact, reviewOn });
    await em.nativeUpdate(ClientRow, { id: row.id }, { approvedBy: cause.who, ...(row.state === 'proposed' && { state: 'active' }) });
  }
  await auditClient(em, cause, `change-${answer}`, row, { change, askedBy: asked.askedBy });
}

/** Off at once: whoever it had let in has no session or token there any more. On again, they sign in anew. */
export async function recordClientState(em: EntityManager, cause: Cause, id: string, to: 'active' | 'off'): Promise<void> {
  const row = await lockClient(em, id);
  if (row.state === to) throw new Refusal('WRONG_STATE', to === 'off' ? 'It is off already' : 'It is on already', { state: to });
  if (!row.approvedBy) throw new Refusal('WRONG_STATE', 'A second person has to approve it first', { state: row.state });
  await em.nativeUpdate(ClientRow, { id }, { state: to, version: row.version + 1, changedBy: cause.who, changedAt: cause.at });
  // Every token hangs on its grant here (db/sign-in/sign-in.ts).
  if (to === 'off') await em.execute(`delete from sign_in_client where client = :id`, { id });
  await auditClient(em, cause, to === 'off' ? 'switch-off' : 'switch-on', row);
}

export async function lockClient(em: EntityManager, id: string): Promise<ClientRow> {
  await em.execute(`select 1 from client where id = :id for update`, { id });
  return findClient(em, id);
}

const changedMeanwhile = ({ changedBy, changedAt }: ClientRow) =>
  new Refusal('WRONG_STATE', 'Somebody changed this client meanwhile. Look at it again', { by: changedBy, at: changedAt.toISOString() });
