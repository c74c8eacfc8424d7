import { Migration } from '@mikro-orm/migrations';

/** How the work stands that is done again and again and belongs to no case. */
export class BackgroundWork extends Migration {
  override name = '2026-11-25-background-work';

  override up(): void {
    this.addSql(`create table background_work (
      id text primary key, every_seconds integer not null check (every_seconds > 0), known_at timestamptz not null default now(),
      good_at timestamptz, failing_since timestamptz, failing_what text, failing_error text, attempts integer not null default 0,
      next_try_at timestamptz)`);
  }
}
