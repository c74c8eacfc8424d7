import { Migration } from '@mikro-orm/migrations';

/** Cards being issued and renewed, and what agent programs were asked to do with them. */
export class CardIssues extends Migration {
  override name = '2026-11-24-card-issue';

  override up(): void {
    this.cardIssues();
    this.orders();
    this.renewals();
    this.ends();
    this.terms();
  }

  private cardIssues(): void {
    this.addSql(`create table card_issue (
      id uuid primary key, organisation text not null references organisation, person uuid not null references person,
      asker uuid not null, replaces uuid references smartcard, smartcard uuid references smartcard, serial text,
      printer uuid references printer, print_job uuid references print_job, prints integer not null default 0,
      stage text not null check (stage in ('choosing', 'printing', 'asking-whether-printed', 'printed', 'prepared', 'set-up', 'signed',
        'written', 'recognised', 'done', 'ended')),
      version integer not null, changed_by text not null, changed_at timestamptz not null, started_at timestamptz not null,
      recognised_by uuid, assignee uuid not null, check (person <> asker), check ((smartcard is null) = (serial is null)))`);
    this.addSql(`create unique index card_issue_one_open on card_issue (person) where stage not in ('done', 'ended')`);
    this.addSql(`create index on card_issue (organisation, started_at) where stage not in ('done', 'ended')`);
    this.addSql(`create index on card_issue (smartcard)`);
  }

  private orders(): void {
    this.addSql(`create table card_order (
      nonce text primary key, case_kind text not null, case_id uuid not null, organisation text not null references organisation,
      purpose text not null check (purpose in ('prepare', 'set-up', 'make-keys', 'write-certificates', 'set-passcode', 'unlock', 'renew-keys',
        'confirm', 'finish')),
      card text not null, session jsonb not null, terms text, made_by uuid not null, made_at timestamptz not null,
      result jsonb, result_at timestamptz, check ((result is null) = (result_at is null)))`);
    this.addSql(`create index on card_order (case_id, made_at)`);
  }

  private renewals(): void {
    this.addSql(`create table renewal (
      id uuid primary key, organisation text not null references organisation, person uuid not null references person,
      smartcard uuid not null references smartcard, serial text not null, certificate text not null unique references certificate,
      not_after timestamptz not null, stage text not null check (stage in ('open', 'signed', 'written', 'done', 'ended')),
      version integer not null, changed_by text not null, changed_at timestamptz not null, opened_at timestamptz not null,
      reminded_for timestamptz, next_reminder_at timestamptz not null)`);
    this.addSql(`create index on renewal (organisation, not_after) where stage not in ('done', 'ended')`);
    this.addSql(`create index on renewal (person, opened_at)`);
    this.addSql(`create index on renewal (smartcard)`);
    this.addSql(`create index on certificate (case_id)`);
  }

  private ends(): void {
    this.addSql(`alter table smartcard add column told_at timestamptz`);
    this.addSql(`create index on smartcard (ended_at) where ended_at is not null and told_at is null`);
    this.addSql(`create table card_report (
      id uuid primary key, person uuid references person, smartcard uuid references smartcard, browser text not null, hash text not null,
      wrong_tries integer not null default 0, sent_at timestamptz not null, expires_at timestamptz not null, used_at timestamptz)`);
    this.addSql(`create index on card_report (person, sent_at)`);
  }

  private terms(): void {
    this.addSql(`create table terms (version integer primary key, words text not null, "from" timestamptz not null)`);
    this.addSql(
      `insert into terms (version, words, "from") values (1, '${words.join('\n').replaceAll("'", "''")}', '2026-11-24T00:00:00Z')`,
    );
  }
}

const words = [
  'I keep my smartcard and my passcode to myself, and never let anybody else use them.',
  'I do not write my passcode down, and do not store it anywhere.',
  'I never let anybody else work in a session that I began.',
  'I take my smartcard out, or lock the device, whenever I leave it.',
  'I use the access my smartcard gives only for the work it was given for.',
  'I report a smartcard that is lost, stolen or misused to my Registration Authority at once.',
  'I know that what is done with my smartcard is recorded against my name.',
];
