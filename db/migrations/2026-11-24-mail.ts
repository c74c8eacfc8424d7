import { Migration } from '@mikro-orm/migrations';

export class Mail extends Migration {
  override name = '2026-11-24-mail';

  override up(): void {
    this.addSql(`create table mail (
      id uuid primary key, organisation text not null, to_kind text not null check (to_kind in ('person', 'application', 'invitation')),
      to_id uuid not null, template text not null, about_kind text not null, about_id text not null, data jsonb not null, sealed bytea,
      state text not null check (state in ('queued', 'sent', 'failed')), attempts integer not null default 0, next_try_at timestamptz not null,
      useless_at timestamptz, error text, message_id text unique, case_id text, queued_at timestamptz not null, sent_at timestamptz,
      check ((sent_at is not null) = (state = 'sent')), check (state <> 'sent' or sealed is null))`);
    this.addSql(`create index on mail (next_try_at) where state = 'queued'`);
    this.addSql(`create index on mail (about_kind, about_id)`);
    this.addSql(`create index on mail (to_id)`);
  }
}
