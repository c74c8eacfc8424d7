import { Migration } from '@mikro-orm/migrations';

/** Checks of identities: who had each, what they found at each task, what fraud sources said, what was decided. */
export class IdentityChecks extends Migration {
  override name = '2026-11-24-identity-checks';

  override up(): void {
    this.addSql(`create table identity_check (
      application uuid references application on delete cascade, checker uuid references person, taken_at timestamptz not null,
      declaration text check (declaration in ('unrelated', 'knows')), declared_at timestamptz, trained boolean not null default false,
      primary key (application, checker))`);
    this.addSql(`create table identity_answer (
      application uuid references application on delete cascade, task text, answer jsonb not null, about text not null,
      answered_by uuid not null references person, answered_at timestamptz not null, primary key (application, task))`);
    this.addSql(`create table fraud_question (
      application uuid primary key references application on delete cascade, about text not null, asked_by uuid not null references person,
      asked_at timestamptz not null, answered_at timestamptz)`);
    this.addSql(`create table fraud_answer (
      application uuid references application on delete cascade, source text, kind text not null check (kind in ('own', 'independent')),
      about text not null, asked_on date not null, found jsonb not null, answered_at timestamptz not null, primary key (application, source))`);
    this.decisions();
    this.addSql(`create index on open_case (kind, waits_for, due, id)`);
    this.addSql(`create index on open_case (kind, waits_for, organisation, due, id)`); // counted from the index alone
    this.addSql(`create index on application (leased_by) where leased_by is not null`);
    this.addSql(`create index on application (leased_until) where state = 'checking'`);
  }

  private decisions(): void {
    // Written before the workflow is asked, which carries its id; decided_at when it was committed.
    this.addSql(`create table identity_decision (
      id uuid primary key, application uuid not null references application on delete cascade, organisation text not null references organisation,
      checker uuid not null references person, decision text not null check (decision in ('verify', 'ask-more', 'refuse')), reason text, words text,
      asks text[] not null default '{}', duplicate_of text, made_at timestamptz not null, decided_at timestamptz, profile text, confidence text,
      nhs_passed boolean, level integer, scores jsonb)`);
    this.addSql(`create index on identity_decision (application, decided_at)`);
    this.addSql(`create index on identity_decision (organisation, decided_at desc, id desc) where decided_at is not null`);
    this.addSql(`create index on identity_decision (decided_at desc, id desc) where decided_at is not null`); // for very many organisations
    this.addSql(`create index on identity_decision (checker, decided_at desc, id desc) where decided_at is not null`);
    this.addSql(`create index on identity_decision (checker, application) where decision = 'ask-more' and decided_at is not null`);
  }
}
