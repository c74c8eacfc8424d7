import { Migration } from '@mikro-orm/migrations';

/** Systems that rely on us, as integration staff register them; and signing keys that take turns. */
export class Clients extends Migration {
  override name = '2026-11-25-clients';

  override up(): void {
    this.addSql(`create table client (
      id text primary key, organisation text not null references organisation, state text not null check (state in ('proposed', 'active', 'off')),
      environment text not null check (environment in ('live', 'integration', 'sandbox')), settings jsonb not null,
      purposes jsonb not null, contact text not null, review_on date not null, version integer not null,
      made_by text not null, made_at timestamptz not null, changed_by text not null, changed_at timestamptz not null,
      approved_by text, last_used_at timestamptz)`);
    this.addSql(`create index on client (organisation, id)`);
    this.addSql(`create table client_key (
      client text not null references client, kid text not null, jwk jsonb not null, not_after timestamptz not null,
      added_by text not null, added_at timestamptz not null, removed_at timestamptz, warned_at timestamptz, primary key (client, kid))`);
    this.addSql(`create table client_secret (
      id uuid primary key, client text not null references client, hash text not null, not_after timestamptz not null,
      added_by text not null, added_at timestamptz not null, removed_at timestamptz, warned_at timestamptz)`);
    this.addSql(`create index on client_secret (client)`);
    this.addSql(`create table client_change (
      id uuid primary key, client text not null references client, version integer not null, settings jsonb not null, purposes jsonb not null,
      contact text not null, review_on date not null, environment text not null, widens text[] not null, asked_by text not null,
      asked_at timestamptz not null, state text not null check (state in ('asked', 'approved', 'rejected', 'withdrawn')),
      decided_by text, decided_at timestamptz, reason text)`);
    this.addSql(`create unique index client_change_one_asked on client_change (client) where state = 'asked'`);
    this.addSql(`alter table signing_key add column signs_from timestamptz`);
    this.addSql(`update signing_key set signs_from = made_at`);
    this.addSql(`alter table signing_key alter column signs_from set not null`);
  }
}
