import { Migration } from '@mikro-orm/migrations';

/** Creation only: a migration that has run anywhere is never edited, a later one alters. */
export class Core extends Migration {
  override name = '2026-11-24-core';

  override up(): void {
    this.addSql(`create extension if not exists pg_trgm`);
    this.addSql(`create extension if not exists unaccent`);
    this.organisations();
    this.people();
    this.bookkeeping();
    this.audit();
  }

  private organisations(): void {
    this.addSql(`create table organisation (
      code text primary key check (code ~ '^[A-Z0-9]{3,10}$'), name text not null, parent text references organisation, address text,
      ra_contact text, idle_minutes integer not null default 15 check (idle_minutes between 1 and 240),
      absolute_hours integer not null default 13 check (absolute_hours between 1 and 24),
      ends_at_hour integer not null default 8 check (ends_at_hour between 0 and 23),
      card_removal_ends_session boolean not null default false)`);
    this.addSql(`create index on organisation (parent)`);
    this.addSql(`create table code_name (code text primary key, name text not null)`);
    this.addSql(`create table position (
      id uuid primary key, organisation text not null references organisation, name text not null, words text not null,
      job_role text not null, activities text[] not null default '{}', workgroups text[] not null default '{}',
      areas_of_work text[] not null default '{}', closed_at timestamptz)`);
    this.addSql(`create index on position (organisation)`);
  }

  private people(): void {
    // What a search compares: one word after another, without accents or case. The two-argument unaccent can be immutable.
    this.addSql(`create function search_words(words text) returns text language sql immutable parallel safe as $$
      select lower(public.unaccent('public.unaccent'::regdictionary, words)) $$`);
    this.addSql(`create table person (
      id uuid primary key, care_id text not null unique check (care_id ~ '^[0-9]{12}$'),
      state text not null check (state in ('active', 'suspended', 'closed')), title text, given_names text, family_name text not null,
      card_name text, date_of_birth date not null, national_insurance_number text, email text, mobile text,
      contact_changed_at timestamptz, photo uuid, identity_assurance_level integer not null check (identity_assurance_level between 0 and 3),
      gpg45_profile text, organisation text not null references organisation, checked_by uuid, terms_version integer,
      generation integer not null default 1, created_at timestamptz not null,
      search text generated always as (search_words(coalesce(given_names, '') || ' ' || family_name || ' ' || coalesce(card_name, ''))) stored)`);
    this.addSql(`create index on person using gin (search gin_trgm_ops)`);
    this.addSql(`create index on person (lower(email))`);
    this.addSql(`create index on person (national_insurance_number)`);
    this.addSql(`create index on person (date_of_birth)`);
    this.addSql(`create index on person (organisation)`);

    this.addSql(`create sequence role_profile_id start 555000000001`);
    this.addSql(`create table role_profile (
      id text primary key check (id ~ '^[0-9]{12}$'), person uuid not null references person, organisation text not null references organisation,
      position uuid references position, job_role text not null, activities text[] not null, starts_on date not null, ends_on date,
      starts_at timestamptz not null, ends_at timestamptz, check (ends_at > starts_at))`);
    this.addSql(`create index on role_profile (person)`);
    this.addSql(`create index on role_profile (organisation)`);
    this.addSql(`create index on role_profile (ends_at)`);
  }

  private bookkeeping(): void {
    this.addSql(`create table environment (
      is_only_row boolean primary key default true check (is_only_row), name text not null, since timestamptz not null default now())`);
    this.addSql(`create table open_case (
      kind text, id uuid, organisation text not null, person uuid, stage text not null, waits_for text not null,
      since timestamptz not null, due timestamptz, failing_since timestamptz, failing_text text,
      attempts integer not null default 0, next_try_at timestamptz, primary key (kind, id))`);
    this.addSql(`create index on open_case (organisation, due)`);

    // A job forgets keys after a day: nobody presses a button twice later than that.
    this.addSql(`create table idempotency (
      hash text primary key, body_hash text not null, status text not null, answer jsonb, at timestamptz not null default now())`);
    this.addSql(`create index on idempotency (at)`);
  }

  private audit(): void {
    this.addSql(`create table audit (
      id text, at timestamptz, what text not null, who text not null, via text not null, subject_kind text not null,
      subject_id text not null, organisation text not null, case_id text, detail jsonb not null, primary key (id, at)
    ) partition by range (at)`);
    this.addSql(`create index on audit (subject_kind, subject_id)`);
    this.addSql(`create index on audit (case_id, at)`);
    this.addSql(`create function add_audit_month(month date) returns void language plpgsql as $$
      begin
        execute format('create table if not exists audit_%s partition of audit for values from (%L) to (%L)',
          to_char(month, 'YYYY_MM'), month::timestamp at time zone 'UTC', (month + interval '1 month') at time zone 'UTC');
      end $$`);
    // A job adds each month well ahead; the default partition keeps a record that no month was made for.
    this.addSql(`select add_audit_month(m::date) from generate_series(date '2026-01-01', date '2027-12-01', interval '1 month') m`);
    this.addSql(`create table audit_default partition of audit default`);
    this.addSql(`create function refuse_change() returns trigger language plpgsql as $$
      begin raise exception '% is insert only', tg_table_name; end $$`);
    this.addSql(`create trigger insert_only before update or delete on audit for each row execute function refuse_change()`);
    this.addSql(`create trigger no_truncate before truncate on audit for each statement execute function refuse_change()`);
  }
}
