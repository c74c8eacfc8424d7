import { Migration } from '@mikro-orm/migrations';

/**
 * Who is signed in, with what, and which systems were told. A job forgets sign-ins two days after they began:
 * the audit keeps their story.
 */
export class SignIns extends Migration {
  override name = '2026-11-24-sign-in';

  override up(): void {
    this.addSql(`create table authenticator (
      id uuid primary key, person uuid not null references person, kind text not null check (kind in ('security-key', 'biometrics', 'passkey')),
      name text not null, credential_id text not null unique, public_key bytea not null, counter bigint not null, transports text[] not null,
      aaguid uuid not null, backed_up boolean not null, created_at timestamptz not null, last_used_at timestamptz, removed_at timestamptz)`);
    this.addSql(`create index on authenticator (person)`);

    this.addSql(`create table sign_in (
      id uuid primary key, person uuid not null references person, method text not null, level integer not null check (level between 1 and 3),
      acr text not null, smartcard uuid references smartcard, authenticator uuid references authenticator,
      person_generation integer not null, smartcard_generation integer, session_uid text, role_profile text references role_profile,
      started_at timestamptz not null, seen_at timestamptz not null, ended_at timestamptz, end_reason text)`);
    this.addSql(`create index on sign_in (person) where ended_at is null`);
    this.addSql(`create index on sign_in (session_uid, started_at desc)`);
    this.addSql(`create index on sign_in (started_at)`);
    this.addSql(`create table sign_in_client (
      grant_id text primary key, sign_in uuid not null references sign_in on delete cascade, client text not null, sid text not null,
      at timestamptz not null, unique (sign_in, client))`);
    this.addSql(`create index on sign_in_client (client, sid)`);

    this.addSql(`create table enrolment_link (
      hash text primary key, person uuid not null references person, kind text not null, made_by text not null, made_at timestamptz not null,
      expires_at timestamptz not null, used_at timestamptz)`);
    this.addSql(`create index on enrolment_link (person)`);

    this.addSql(`create table signing_key (
      kid text primary key, alg text not null, public_jwk jsonb not null, private_sealed bytea not null,
      made_at timestamptz not null, retired_at timestamptz)`);

    this.addSql(`create table kept_form (
      id uuid primary key, person uuid not null references person, sealed bytea not null, kept_at timestamptz not null)`);
    this.addSql(`create index on kept_form (kept_at)`);
  }
}
