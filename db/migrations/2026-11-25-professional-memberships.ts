import { Migration } from '@mikro-orm/migrations';

/** Numbers at professional registers. A number that has not ended is one person's only, and a person has one at each register. */
export class ProfessionalMemberships extends Migration {
  override name = '2026-11-25-professional-memberships';

  override up(): void {
    this.addSql(`create table professional_membership (
      id uuid primary key, person uuid not null references person,
      body text not null check (body in ('gmc', 'nmc', 'gdc', 'gphc', 'gmp', 'gdp', 'consultant', 'rcn')), number text not null,
      since date not null, until date check (until >= since), recorded_by text not null, recorded_at timestamptz not null,
      checked_by text, checked_at timestamptz, ended_by text, ended_at timestamptz, end_reason text,
      check ((checked_by is null) = (checked_at is null)),
      check ((ended_by is null) = (ended_at is null) and (ended_at is null) = (end_reason is null)))`);
    this.addSql(`create unique index professional_membership_number on professional_membership (body, number) where ended_at is null`);
    this.addSql(`create unique index professional_membership_body on professional_membership (person, body) where ended_at is null`);
    this.addSql(`create index on professional_membership (person)`);
    // What is to be looked up: recorded and not checked yet, or about to run out.
    this.addSql(`create index on professional_membership (until) where ended_at is null`);
    this.addSql(`create index on professional_membership (recorded_at) where ended_at is null and checked_at is null`);
  }
}
