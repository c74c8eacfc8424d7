import { Migration } from '@mikro-orm/migrations';

/** Codes are counted by the address they go to, whoever asks for them. */
export class EmailCodes extends Migration {
  override name = '2026-11-25-email-codes';

  override up(): void {
    this.addSql(`alter table email_code add column address_hash text`);
    this.addSql(`create index on email_code (address_hash, sent_at desc) where address_hash is not null`);
  }
}
