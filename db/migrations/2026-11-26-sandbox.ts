import { Migration } from '@mikro-orm/migrations';

/** Test people. The database itself refuses them wherever it is not one of dev, whatever a process was told. */
export class Sandbox extends Migration {
  override name = '2026-11-26-sandbox';

  override up(): void {
    this.addSql(`create table if not exists sandbox_person (
      person uuid primary key references person, organisation text not null references organisation, made_by uuid not null references person,
      made_at timestamptz not null, expires_at timestamptz not null, names text not null,
      method text not null check (method in ('card', 'password', 'weak-password', 'link')),
      sealed bytea, ready_at timestamptz, removed_at timestamptz)`);
    this.addSql(
      `create index if not exists sandbox_person_listed on sandbox_person (organisation, made_at desc, person) where removed_at is null`,
    );
    this.addSql(`create index if not exists sandbox_person_of_maker on sandbox_person (made_by) where removed_at is null`);
    this.addSql(`create index if not exists sandbox_person_due on sandbox_person (expires_at) where removed_at is null`);
    this.addSql(`create or replace function refuse_outside_dev() returns trigger language plpgsql as $$
      begin
        if not exists (select from environment where name = 'dev') then
          raise exception 'test people are refused where the environment is not dev';
        end if;
        return new;
      end $$`);
    this.addSql(`create or replace trigger refuse_outside_dev before insert or update on sandbox_person
      for each row execute function refuse_outside_dev()`);
  }
}
