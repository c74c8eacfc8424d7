import { randomInt } from 'node:crypto';
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';

const schema = defineEntity({
  name: 'RoleProfileRow',
  tableName: 'role_profile',
  properties: {
    /** 12 digits, as text: some begin with 0. */
    id: p.string().primary(),
    person: p.uuid(),
    organisation: p.string(),
    position: p.uuid().nullable(),
    jobRole: p.string(),
    activities: p.array(),
    startsOn: p.date(),
    endsOn: p.date().nullable(),
    /** When the days above begin and end: the end is the organisation's hour after the last day. Null: no end. */
    startsAt: p.datetime(),
    endsAt: p.datetime().nullable(),
    /** When its end was acted on: see db/sign-in/sign-in-ending.ts. */
    endRecordedAt: p.datetime().nullable(),
  },
});

export class RoleProfileRow extends schema.class {}
schema.setClass(RoleProfileRow);

/** A role profile's own 12 digits. A number is lost when its transaction is rolled back; none is ever given twice. */
export async function nextRoleProfileId(em: EntityManager): Promise<string> {
  const [row] = await em.execute<Array<{ id: string }>>(`select lpad(nextval('role_profile_id')::text, 12, '0') as id`);
  if (!row) throw new Error('nextval gave nothing');
  return row.id;
}

export interface Held {
  person: string;
  organisation: string;
  position: string | null;
  jobRole: string;
  activities: string[];
  startsOn: string;
  endsOn: string | null;
}

/** The moments in which days of a role profile begin and end, by the organisation's hour. Days are days in England. */
export async function insertRoleProfile(em: EntityManager, id: string, held: Held): Promise<void> {
  await em.execute(
    `insert into role_profile (id, person, organisation, position, job_role, activities, starts_on, ends_on, starts_at, ends_at)
     select :id, :person, code, :position, :jobRole, array(select jsonb_array_elements_text(:activities::jsonb)), :startsOn::date, :endsOn::date,
       :startsOn::date::timestamp at time zone 'Europe/London',
       (:endsOn::date + 1 + make_interval(hours => ends_at_hour)) at time zone 'Europe/London'
     from organisation where code = :organisation
     on conflict (id) do nothing`,
    { ...held, id, activities: JSON.stringify(held.activities) },
  );
}

/** The moment a position with this last day ends at an organisation: its hour of the morning after. */
export async function endOfPosition(em: EntityManager, organisation: string, endsOn: string): Promise<Date | null> {
  const [row] = await em.execute<Array<{ endsAt: string }>>(
    `select (:endsOn::date + 1 + make_interval(hours => ends_at_hour)) at time zone 'Europe/London' as "endsAt"
     from organisation where code = :organisation`,
    { organisation, endsOn },
  );
  return row ? new Date(row.endsAt) : null;
}

export interface HeldPosition {
  id: string;
  organisation: string;
  organisationName: string;
  /** Of the position; of its job role, if it came without one. */
  name: string;
  /** What access it gives, in plain words. */
  words: string | null;
  jobRoleName: string;
  activityNames: string[];
  startsOn: string;
  endsOn: string | null;
  /** The moment it ends, in the morning after its last day. */
  endsAt: Date | null;
  when: 'now' | 'later' | 'ended';
}

/** Nobody scrolls further back. */
const mostPositions = 100;

/**
 * What a person holds, will hold and held: what holds now first, then by its start.
 *
 * @param organisations where to look; everywhere if it is null
 */
export async function heldPositions(em: EntityManager, person: string, organisations: readonly string[] | null): Promise<HeldPosition[]> {
  const rows = await em.execute<Array<Omit<HeldPosition, 'endsAt'> & { endsAt: string | null }>>(
    `select r.id, r.organisation, o.name as "organisationName", coalesce(p.name, j.name, r.job_role) as name, p.words,
       coalesce(j.name, r.job_role) as "jobRoleName",
       array(select coalesce(n.name, a.code) from unnest(r.activities) with ordinality as a(code, place)
         left join code_name n on n.code = a.code order by a.place) as "activityNames",
       r.starts_on::text as "startsOn", r.ends_on::text as "endsOn", r.ends_at as "endsAt",
       case when r.ends_at <= now() then 'ended' when r.starts_at > now() then 'later' else 'now' end as when
     from role_profile r join organisation o on o.code = r.organisation
     left join position p on p.id = r.position left join code_name j on j.code = r.job_role
     where r.person = :person ${organisations ? 'and r.organisation in (select jsonb_array_elements_text(:organisations::jsonb))' : ''}
     order by (r.ends_at <= now()) is true, r.starts_at > now(), r.starts_on desc, r.id limit ${mostPositions}`,
    { person, organisations: JSON.stringify(organisations ?? []) },
  );
  return rows.map(({ endsAt, ...row }) => ({ ...row, endsAt: endsAt ? new Date(endsAt) : null }));
}

/** Twelve random digits: a Care ID. Whether it was ever used, the table says. */
export const randomCareId = (): string => String(randomInt(0, 1_000_000_000_000)).padStart(12, '0');
