import { Migration } from '@mikro-orm/migrations';

/** What integration staff see of connected systems, and the letters about them. */
export class Connections extends Migration {
  override name = '2026-11-25-connections';

  override up(): void {
    // Whom letters about it go to, by an id as every recipient has one.
    this.addSql(
      `alter table client add column contact_id uuid not null unique default gen_random_uuid(), add column review_warned_at timestamptz`,
    );
    this.addSql(`alter table mail drop constraint mail_to_kind_check`);
    this.addSql(`alter table mail add constraint mail_to_kind_check check (to_kind in ('person', 'application', 'invitation', 'client'))`);
    this.addSql(`create index audit_of_client on audit ((detail->>'client'), what, at) where detail->>'client' is not null`);
    this.addSql(`create index on client_key (not_after) where removed_at is null`);
    this.addSql(`create index on client_secret (not_after) where removed_at is null`);
    this.addSql(`create index on client (review_on) where state <> 'off'`);
    this.addSql(`create index on client_change (client, decided_at)`);
  }
}
