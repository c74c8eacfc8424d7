import { Migration } from '@mikro-orm/migrations';

/** A serial is used once; a person has one active card; certificates are kept for ever. */
export class Smartcards extends Migration {
  override name = '2026-11-24-smartcards';

  override up(): void {
    this.addSql(`create table smartcard (
      id uuid primary key, serial text not null unique, person uuid not null references person, organisation text not null references organisation,
      state text not null check (state in ('issuing', 'active', 'locked', 'cancelled', 'lost', 'stolen', 'replaced')),
      issued_at timestamptz, ended_at timestamptz, puk_sealed bytea, management_key_sealed bytea,
      generation integer not null default 1, created_at timestamptz not null)`);
    this.addSql(`create unique index smartcard_one_active on smartcard (person) where state in ('active', 'locked')`);
    this.addSql(`create index on smartcard (person)`);
    this.addSql(`create table certificate (
      serial text primary key check (serial ~ '^[0-9A-F]{2,40}$'), smartcard uuid not null references smartcard,
      person uuid not null references person, kind text not null check (kind in ('authentication', 'signing')), pem text not null,
      not_before timestamptz not null, not_after timestamptz not null,
      state text not null check (state in ('issued', 'confirmed', 'revoked')), revoked_at timestamptz, reason text,
      case_id uuid, is_dev boolean not null, check ((state = 'revoked') = (revoked_at is not null)))`);
    this.addSql(`create index on certificate (smartcard)`);
    this.addSql(`create index on certificate (person)`);
    this.addSql(`create index on certificate (not_after) where state = 'confirmed'`);
    this.addSql(`create index on certificate (revoked_at) where state = 'revoked'`);
  }
}
