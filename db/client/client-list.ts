/** The connected systems of some organisations: a page of them, and how many there are. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { ClientEnvironment, ClientState } from './client.ts';

export interface ListedClient {
  id: string;
  name: string;
  organisation: string;
  organisationName: string;
  environment: ClientEnvironment;
  state: ClientState;
  /** ISO day. */
  reviewOn: string;
  lastUsedAt: Date | null;
  /** When the last of its keys and secrets ends; null if it has none, or fetches its keys from its own address. */
  provesUntil: Date | null;
  /** A change waits for a second person. */
  waits: boolean;
}

export interface ClientFilter {
  organisations: readonly string[];
  environment?: ClientEnvironment | undefined;
  state?: ClientState | undefined;
  /** Part of its name or id. */
  name?: string | undefined;
  /** Only those of which a change waits. */
  waiting?: boolean | undefined;
}

export interface ClientCount {
  environment: ClientEnvironment;
  state: ClientState;
  n: number;
}

const isAsked = `exists (select from client_change a where a.client = c.id and a.state = 'asked')`;

function where({ environment, state, name, waiting }: Omit<ClientFilter, 'organisations'>): string {
  const all = [
    `c.organisation in (:organisations)`,
    environment && `c.environment = :environment`,
    state && `c.state = :state`,
    name && `(c.settings->>'client_name' ilike :name or c.id ilike :name)`,
    waiting && isAsked,
  ];
  return all.filter(Boolean).join(' and ');
}
const valuesOf = ({ organisations, name, ...rest }: ClientFilter) => ({
  ...rest,
  organisations: [...organisations],
  name: `%${(name ?? '').replace(/[\\%_]/g, '\\$&')}%`,
});

/** By name. @param after the id of the last one of the page before */
export async function pageOfClients(
  em: EntityManager,
  { after, limit, ...filter }: ClientFilter & { after?: string | undefined; limit: number },
): Promise<ListedClient[]> {
  if (filter.organisations.length === 0) return [];
  const beyond = after
    ? `and (lower(c.settings->>'client_name'), c.id) > (select lower(l.settings->>'client_name'), l.id from client l where l.id = :after)`
    : '';
  const rows = await em.execute<
    Array<Omit<ListedClient, 'lastUsedAt' | 'provesUntil'> & { lastUsedAt: string | null; provesUntil: string | null }>
  >(
    `select c.id, c.settings->>'client_name' as name, c.organisation, o.name as "organisationName", c.environment, c.state,
       c.review_on::text as "reviewOn", c.last_used_at as "lastUsedAt", ${isAsked} as waits,
       case when c.settings->>'jwks_uri' is null then (select max(proof.not_after) from (
         select not_after from client_key k where k.client = c.id and k.removed_at is null
         union all select not_after from client_secret s where s.client = c.id and s.removed_at is null) proof) end as "provesUntil"
     from client c join organisation o on o.code = c.organisation
     where ${where(filter)} ${beyond} order by lower(c.settings->>'client_name'), c.id limit :limit`,
    { ...valuesOf(filter), after: after ?? null, limit },
  );
  return rows.map((row) => ({ ...row, lastUsedAt: asDate(row.lastUsedAt), provesUntil: asDate(row.provesUntil) }));
}
const asDate = (text: string | null) => (text === null ? null : new Date(text));

/** Of all with this name, however they stand. */
export async function countClients(em: EntityManager, filter: ClientFilter): Promise<ClientCount[]> {
  if (filter.organisations.length === 0) return [];
  return em.execute<ClientCount[]>(
    `select c.environment, c.state, count(*)::int as n from client c where ${where(filter)} group by 1, 2`,
    valuesOf(filter),
  );
}
