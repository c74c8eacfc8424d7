import { Migration } from '@mikro-orm/migrations';

/**
 * Processes run as members of care_service, which may add to the audit and read it, and no more: what keeps the audit is then not only
 * a trigger that whoever owns the table could drop. The owner migrates. See db/service-role.ts.
 */
export class ServiceRole extends Migration {
  override name = '2026-11-25-service-role';

  override up(): void {
    // A trigger on rows is cloned to every partition, one on truncate is not.
    this.addSql(`create function protect_audit_part(part regclass) returns void language plpgsql as $$
      begin
        execute format('create or replace trigger no_truncate before truncate on %s for each statement execute function refuse_change()', part);
        if exists (select from pg_roles where rolname = 'care_service') then
          execute format('revoke all on %s from care_service', part);
          execute format('grant select, insert on %s to care_service', part);
        end if;
      end $$`);
    this.addSql(`create or replace function add_audit_month(month date) returns void language plpgsql as $$
      declare part text := format('audit_%s', to_char(month, 'YYYY_MM'));
      begin
        execute format('create table if not exists %I partition of audit for values from (%L) to (%L)',
          part, month::timestamp at time zone 'UTC', (month + interval '1 month') at time zone 'UTC');
        perform protect_audit_part(part::regclass);
      end $$`);
    this.grantServiceRights();
    this.addSql(`select grant_service_rights()`);
    this.addSql(`select protect_audit_part(inhrelid) from pg_inherits where inhparent = 'audit'::regclass`);
  }

  /** False where the owner may make no roles: whoever may makes care_service, and the next migration grants. */
  private grantServiceRights(): void {
    this.addSql(`create function grant_service_rights() returns boolean language plpgsql as $$
      begin
        if not exists (select from pg_roles where rolname = 'care_service') then
          begin
            create role care_service nologin;
          exception
            when insufficient_privilege then return false;
            when duplicate_object or unique_violation then null; -- for another database of this cluster, at this moment
          end;
        end if;
        grant usage on schema public to care_service;
        grant select, insert, update, delete on all tables in schema public to care_service;
        grant usage, select on all sequences in schema public to care_service;
        perform protect_audit_part('audit'), protect_audit_part(inhrelid) from pg_inherits where inhparent = 'audit'::regclass;
        revoke update, delete on environment from care_service;
        revoke insert, update, delete on mikro_orm_migrations from care_service;
        return true;
      end $$`);
  }
}
