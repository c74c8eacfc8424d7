import { Migration } from '@mikro-orm/migrations';

export class Printing extends Migration {
  override name = '2026-11-24-printing';

  override up(): void {
    this.addSql(`create table printer (
      id uuid primary key, organisation text not null references organisation, name text not null, location text not null, ipp_url text not null,
      state text check (state in ('idle', 'processing', 'stopped', 'unreachable')), state_reasons text[] not null default '{}',
      asked_at timestamptz)`);
    this.addSql(`create index on printer (organisation)`);
    this.addSql(`create table print_job (
      id uuid primary key, printer uuid not null references printer, organisation text not null references organisation,
      case_id text not null, step text not null, person uuid not null references person,
      state text not null check (state in ('queued', 'creating', 'sending', 'printing', 'printed', 'failed', 'unknown')),
      printer_job_id integer check (printer_job_id is not null or state not in ('sending', 'printing', 'printed')),
      attempts integer not null default 0, error text, leased_until timestamptz, queued_at timestamptz not null, changed_at timestamptz not null, unique (case_id, step))`);
    this.addSql(`create index on print_job (printer) where state not in ('printed', 'failed', 'unknown')`);
  }
}
