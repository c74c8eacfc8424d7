import { Migration } from '@mikro-orm/migrations';

/** Registering an authenticator by a Registration Authority's link; what is registered so is inert until its witness confirms it. */
export class Enrolments extends Migration {
  override name = '2026-11-25-enrolments';

  override up(): void {
    this.addSql(`alter table authenticator add column confirmed_at timestamptz default now()`);
    this.addSql(`update authenticator set confirmed_at = created_at`);
    this.addSql(`create table enrolment (
      id uuid primary key, organisation text not null references organisation, person uuid not null references person,
      witness uuid not null references person, witnessing text not null check (witnessing in ('face-to-face', 'video')),
      state text not null check (state in ('asked', 'sent', 'registered', 'confirmed', 'expired', 'failed', 'withdrawn', 'ended')),
      version integer not null, code_sealed bytea, code_hash text not null, code_tries integer not null default 0, code_given_at timestamptz,
      number_hash text, number_tries integer not null default 0, authenticator uuid references authenticator,
      asked_at timestamptz not null, expires_at timestamptz not null, changed_by text not null, changed_at timestamptz not null,
      check (witness <> person))`);
    this.addSql(`create unique index enrolment_one_open on enrolment (person) where state in ('asked', 'sent', 'registered')`);
    this.addSql(`create index on enrolment (organisation, asked_at desc, id desc)`);
    this.addSql(`alter table enrolment_link add column enrolment uuid references enrolment`);
  }
}
