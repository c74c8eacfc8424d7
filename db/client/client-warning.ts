/** What of connected systems ends soon: a key, a secret, the time until somebody looks at it again. Its contact is written to, once for each of the days before. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Cause } from '../audit.ts';
import { auditClient } from './client.ts';
import { recordMail } from '../mail/mail.ts';

export interface EndingSoon {
  what: 'key' | 'secret' | 'review';
  client: string;
  /** A key's kid, a secret's id. */
  item: string;
  endsAt: Date;
  /** The fewest of the days before that has come. */
  daysBefore: number;
  organisation: string;
  contactId: string;
  name: string;
}

const ends = `
  select 'key' as what, client, kid as item, not_after as ends_at, warned_at from client_key
    where removed_at is null and not_after > :now and not_after <= :until
  union all
  select 'secret', client, id::text, not_after, warned_at from client_secret
    where removed_at is null and not_after > :now and not_after <= :until
  union all
  select 'review', id, '', review_on::timestamp at time zone 'Europe/London', review_warned_at from client
    where state <> 'off' and review_on >= (:now)::date and review_on <= (:until)::date + 1`;

/** The soonest first; not those of systems that are off, nor keys that are fetched from an address. */
export async function endingSoon(em: EntityManager, now: Date, daysBefore: readonly number[], limit: number): Promise<EndingSoon[]> {
  const until = new Date(now.getTime() + Math.max(...daysBefore) * 86_400_000);
  const rows = await em.execute<Array<Omit<EndingSoon, 'endsAt'> & { endsAt: string }>>(
    `select e.what, e.client, e.item, e.ends_at as "endsAt", s.days as "daysBefore", c.organisation, c.contact_id as "contactId",
       c.settings->>'client_name' as name
     from (${ends}) e
     join client c on c.id = e.client and c.state <> 'off' and (e.what <> 'key' or c.settings->>'jwks_uri' is null)
     join lateral (select min(d) as days from unnest(:days::int[]) d where e.ends_at - make_interval(days => d) <= :now) s on s.days is not null
     where e.ends_at > :now and (e.warned_at is null or e.warned_at < e.ends_at - make_interval(days => s.days))
     order by e.ends_at, e.client, e.what, e.item limit :limit`,
    { now: now.toISOString(), until: until.toISOString(), days: `{${daysBefore.join(',')}}`, limit },
  );
  return rows.map((row) => ({ ...row, endsAt: new Date(row.endsAt) }));
}

const warned: Readonly<Record<EndingSoon['what'], string>> = {
  key: `update client_key set warned_at = :at where client = :client and kid = :item and (warned_at is null or warned_at < :from) returning 1 as one`,
  secret: `update client_secret set warned_at = :at where client = :client and id = :item::uuid and (warned_at is null or warned_at < :from) returning 1 as one`,
  review: `update client set review_warned_at = :at where id = :client and :item = '' and (review_warned_at is null or review_warned_at < :from) returning 1 as one`,
};

/** Queues the letter, and keeps that it was. @returns false if somebody else did */
export async function recordWarned(em: EntityManager, { at }: Pick<Cause, 'at'>, ending: EndingSoon): Promise<boolean> {
  const { what, client, item, endsAt, daysBefore, organisation, contactId, name } = ending;
  const from = new Date(endsAt.getTime() - daysBefore * 86_400_000);
  const [did] = await em.execute<unknown[]>(warned[what], { at: at.toISOString(), from: from.toISOString(), client, item });
  if (!did) return false;
  const ends = endsAt.toISOString();
  const cause: Cause = {
    id: `connection-warning/${client}/${what}/${item}/${ends}/${daysBefore}`,
    at,
    who: 'system',
    via: 'workflow',
    caseId: null,
  };
  const letter = { template: 'connection-ending' as const, about: { kind: 'client', id: client }, organisation, uselessAt: endsAt };
  await recordMail(em, { ...letter, to: { kind: 'client', id: contactId }, data: { what, client, item, name, endsAt: ends } }, cause);
  await auditClient(em, cause, 'warn', { id: client, organisation }, { what, item, endsAt: ends, daysBefore: String(daysBefore) });
  return true;
}
