import { Migration } from '@mikro-orm/migrations';

/** Applications for a Care ID, what was shown with them, and the ways in: invitations, links, codes. */
export class Applications extends Migration {
  override name = '2026-11-24-applications';

  override up(): void {
    this.addSql(`create table invitation (
      id uuid primary key, hash text not null unique, kind text not null check (kind in ('person', 'employer')),
      organisation text not null references organisation, email text, job text, sealed bytea, made_by uuid not null, made_at timestamptz not null,
      expires_at timestamptz, ended_at timestamptz, used_at timestamptz,
      check ((kind = 'person') = (expires_at is not null)))`);
    this.addSql(`create index on invitation (organisation, made_at desc)`);
    this.addSql(
      `create unique index invitation_one_employer_link on invitation (organisation) where kind = 'employer' and ended_at is null`,
    );
    this.applications();
    this.evidence();
    this.waysBack();
  }

  private applications(): void {
    this.addSql(`create table application (
      id uuid primary key, reference text not null unique, session text unique, organisation text not null references organisation,
      invitation uuid references invitation,
      state text not null check (state in ('draft', 'submitted', 'expected', 'checking', 'more-needed', 'verified', 'refused', 'withdrawn', 'abandoned')),
      version integer not null, evidence_version integer not null default 0,
      given_name text, middle_names text, family_name text, date_of_birth date, national_insurance_number text, no_number_reason text,
      email text, email_confirmed_at timestamptz, mobile text, job text, photo uuid, staged_photo uuid,
      expected_by uuid, expected_at timestamptz, asked text, reason text, person uuid references person,
      leased_by uuid, leased_until timestamptz, changed_by text not null, changed_at timestamptz not null,
      made_at timestamptz not null, submitted_at timestamptz, removed_at timestamptz,
      check (state = 'draft' or submitted_at is not null))`);
    this.addSql(`create index on application (organisation, submitted_at, id) where state <> 'draft'`);
    this.addSql(`create index on application (state, changed_at)`);
    this.addSql(`create index on application (invitation)`);
    this.addSql(`create index on application (national_insurance_number)`);
    this.addSql(`create index on application (date_of_birth)`);
    this.addSql(`create index on application (lower(email))`);
  }

  private evidence(): void {
    this.addSql(`create table document (
      id uuid primary key, application uuid not null references application on delete cascade, type text not null,
      number text, issuer text, issued_on date, expires_on date, described boolean not null default false, photos uuid[] not null default '{}',
      version integer not null default 1, outcome text, made_at timestamptz not null, sent_at timestamptz, replaces uuid references document,
      ended_at timestamptz, removed_at timestamptz)`);
    this.addSql(`create index on document (application, made_at)`);
    this.addSql(`create index on document (application) where removed_at is null`);
    // Sealed here, or kept by another store under this id: adapters/photo-store.ts knows.
    this.addSql(`create table photo (
      id uuid primary key, application uuid, sealed bytea, place text not null, width integer not null, height integer not null, bytes integer not null,
      made_at timestamptz not null)`);
    this.addSql(`create index on photo (application)`);
  }

  private waysBack(): void {
    this.addSql(`create table application_link (
      hash text primary key, application uuid not null references application on delete cascade, made_at timestamptz not null,
      expires_at timestamptz not null)`);
    this.addSql(`create index on application_link (application, made_at)`);
    this.addSql(`create table email_code (
      id uuid primary key, application uuid not null references application on delete cascade, hash text not null, wrong_tries integer not null default 0,
      last_try text, sent_at timestamptz not null, expires_at timestamptz not null, used_at timestamptz)`);
    this.addSql(`create index on email_code (application, sent_at desc)`);
  }
}
