import { Migration } from '@mikro-orm/migrations';

/** How strong each authenticator is. Nobody was asked to sign for those that are there already: they are level 2. */
export class AuthenticatorLevels extends Migration {
  override name = '2026-11-25-authenticator-levels';

  override up(): void {
    this.addSql(`alter table authenticator
      add column level integer not null default 2 check (level between 1 and 3), add column is_attested boolean not null default false`);
  }
}
