import { Migration } from '@mikro-orm/migrations';

/** What each system that was let in is told when a sign-in ends, and the ends of positions that were acted on. */
export class SignInEndings extends Migration {
  override name = '2026-11-25-sign-in-endings';

  override up(): void {
    this.addSql(`alter table sign_in_client
      add column tell_at timestamptz, add column told_at timestamptz, add column tries integer not null default 0,
      add column answer text check (answer in ('told', 'failed', 'given-up', 'takes-none'))`);
    this.addSql(`create index on sign_in_client (tell_at) where tell_at is not null`);
    this.addSql(`drop index if exists smartcard_ended_at_idx`);
    this.addSql(`alter table smartcard drop column told_at`);
    this.addSql(`alter table role_profile add column end_recorded_at timestamptz`);
    this.addSql(`update role_profile set end_recorded_at = now() where ends_at <= now()`);
    this.addSql(`create index on role_profile (ends_at) where ends_at is not null and end_recorded_at is null`);
  }
}
