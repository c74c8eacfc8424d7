import { Migration } from '@mikro-orm/migrations';

export class OpenCases extends Migration {
  override name = '2026-11-24-open-cases';

  override up(): void {
    // What fails as facts, worded when it is shown (domain/open-case.ts); what only the minute sweep can know; and who has the case.
    this.addSql(`alter table open_case drop column failing_text,
      add failing_what text, add failing_error text, add failing_thing text, add nobody_since timestamptz, add lost_since timestamptz,
      add opened_at timestamptz not null default now(), add waits_for_person uuid, add holds_card boolean not null default false`);
    // The board lists the oldest first: for a few organisations, for very many, and only what is in trouble.
    this.addSql(`create index on open_case (organisation, since, kind, id)`);
    this.addSql(`create index on open_case (since, kind, id)`);
    this.addSql(`create index on open_case (since, kind, id) where failing_since is not null or lost_since is not null`);
    this.addSql(`create index on open_case (since, kind, id) where nobody_since is not null`);
    // What the sweep counted: where there are very many, nobody waits for a count of them all.
    this.addSql(`create table open_case_count (
      organisation text, kind text, health text, age integer, n integer not null, primary key (organisation, kind, health, age))`);
    this.addSql(`create table open_case_sweep (is_only_row boolean primary key default true check (is_only_row), at timestamptz not null)`);

    this.addSql(`create table case_ending (
      id uuid primary key, kind text not null, case_id uuid not null, organisation text not null references organisation,
      reason text not null, words text not null, asked_by uuid not null, asked_at timestamptz not null, needs_two boolean not null,
      agreed_by uuid, agreed_at timestamptz, state text not null check (state in ('asked', 'agreed', 'ended', 'withdrawn')),
      changed_at timestamptz not null, check (agreed_by is null or agreed_by <> asked_by),
      check (state not in ('agreed', 'ended') or not needs_two or agreed_by is not null))`);
    this.addSql(`create unique index on case_ending (kind, case_id) where state = 'asked'`);
  }
}
