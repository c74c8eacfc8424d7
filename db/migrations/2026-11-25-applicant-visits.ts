import { Migration } from '@mikro-orm/migrations';

/** Tokens of applicants, and what visitors without an account used of their allowance. */
export class ApplicantVisits extends Migration {
  override name = '2026-11-25-applicant-visits';

  override up(): void {
    this.addSql(`create table applicant_visit (
      hash text primary key, visitor uuid not null unique, application uuid references application on delete cascade,
      began_at timestamptz not null, idle_until timestamptz not null, ends_at timestamptz not null, check (idle_until <= ends_at))`);
    this.addSql(`create index on applicant_visit (idle_until)`);
    this.addSql(`create index on applicant_visit (application) where application is not null`);
    this.addSql(`create table allowance_used (
      hour timestamptz not null, what text not null, whose text not null, used integer not null, primary key (hour, what, whose))`);
  }
}
