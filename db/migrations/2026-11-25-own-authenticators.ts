import { Migration } from '@mikro-orm/migrations';

/** Passwords with an authenticator app, which are an authenticator as others are; where each was last used; one that is suspended. */
export class OwnAuthenticators extends Migration {
  override name = '2026-11-25-own-authenticators';

  override up(): void {
    this.addSql(`alter table authenticator drop constraint authenticator_kind_check`);
    this.addSql(`alter table authenticator
      alter column credential_id drop not null, alter column public_key drop not null, alter column aaguid drop not null,
      add column last_used_client text, add column suspended_at timestamptz,
      add check (kind in ('security-key', 'biometrics', 'passkey', 'password-totp')),
      add check ((kind = 'password-totp') = (credential_id is null) and (credential_id is null) = (public_key is null))`);
    this.addSql(
      `create unique index authenticator_one_password on authenticator (person) where kind = 'password-totp' and removed_at is null`,
    );
    this.addSql(`create table password_totp (
      authenticator uuid primary key references authenticator, password_hash text not null, totp_sealed bytea not null,
      last_step bigint not null, changed_at timestamptz not null)`);
    this.addSql(`create table recovery_code (
      authenticator uuid not null references password_totp, hash text not null, made_at timestamptz not null, used_at timestamptz,
      primary key (authenticator, hash))`);
  }
}
