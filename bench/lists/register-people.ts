/** Organisations, positions, staff and people of the register. `id_of`, `given_name` and so on: see register.ts. */

/** The registration authority above all, and one that serves a twentieth. */
export const everything = 'Q99';
export const oneTrust = 'R001';

export const organisationsSql: readonly string[] = [
  `insert into organisation (code, name) values ('${everything}', 'Willow and Thorn Integrated Care Board')`,
  `insert into organisation (code, name, parent)
   select 'R' || lpad(n::text, 3, '0'), pg_temp.family_name() || ' and ' || pg_temp.family_name() || ' NHS Trust', '${everything}'
   from generate_series(1, 20) n`,
  `insert into organisation (code, name, parent)
   select 'P' || lpad(n::text, 5, '0'), pg_temp.family_name() || ' ' || (array['Surgery', 'Pharmacy', 'Health Centre', 'Medical Practice'])[1 + n % 4],
     'R' || lpad((1 + n % 20)::text, 3, '0')
   from generate_series(1, 480) n`,
  `insert into position (id, organisation, name, words, job_role, activities)
   select pg_temp.id_of('position' || o.code, p.n), o.code, p.name, 'See and write health records', p.role, p.activities::text[]
   from organisation o, (values (1, 'Receptionist', 'R8009', '{B0560,B0825}'), (2, 'Nurse', 'R8001', '{B0360,B0380,B0401}'),
     (3, 'Doctor', 'R0260', '{B0360,B0380,B0420,B0401}'), (4, 'Pharmacist', 'R8003', '{B0570,B0572,B0278}')) p(n, name, role, activities)`,
  `insert into printer (id, organisation, name, location, ipp_url)
   select pg_temp.id_of('printer' || code, 1), code, 'Card printer', 'Main reception', 'ipp://localhost:1' from organisation where code like 'R%'`,
];

const personColumns = `id, care_id, state, title, given_names, family_name, date_of_birth, national_insurance_number, email, mobile,
  identity_assurance_level, gpg45_profile, organisation, terms_version, created_at`;

/** @param n an SQL expression: a number no other person has */
const aPerson = (id: string, n: string, organisation: string) => `
  ${id}, lpad(((${n}) * 7919000003 % 899999999999 + 100000000000)::text, 12, '0'), case when random() < 0.97 then 'active' else 'closed' end,
  (array['Mr', 'Ms', 'Mrs', 'Dr', null])[1 + floor(random() * 5)::int],
  case when random() < 0.01 then null when random() < 0.3 then pg_temp.given_name() || ' ' || pg_temp.given_name() else pg_temp.given_name() end,
  pg_temp.family_name(), date '1950-01-01' + floor(random() * 20000)::int, 'SX' || lpad((${n})::text, 6, '0') || 'C',
  'person.' || (${n}) || '@register.example', '07700' || lpad((${n} % 1000000)::text, 6, '0'), 3, 'H1A', ${organisation}, 1,
  now() - random() * interval '3000 days'`;

/** Every organisation has somebody for each role that works there; then everybody else. */
export const peopleSql = (people: number): readonly string[] => [
  `create temporary table staff on commit drop as
   select row_number() over (order by o.code, r.n) + 900000 as n, o.code, r.name, r.role, r.activities::text[]
   from organisation o, (values (1, 'manager', 'R5080', '{}'), (2, 'agent', 'R5090', '{}'), (3, 'checker', 'R8008', '{B0267}'),
     (4, 'other-checker', 'R8008', '{B0267}'), (5, 'sponsor', 'R8011', '{B1300}'), (6, 'other-sponsor', 'R8011', '{B1300}')) r(n, name, role, activities)
   where o.code not like 'P%' or r.n > 4`,
  `insert into person (${personColumns}) select ${aPerson(`pg_temp.id_of(s.name || s.code, 1)`, 's.n', 's.code')} from staff s`,
  `update person set state = 'active'`,
  `insert into role_profile (id, person, organisation, job_role, activities, starts_on, starts_at)
   select nextval('role_profile_id')::text, pg_temp.id_of(name || code, 1), code, role, activities, date '2020-01-01', date '2020-01-01' from staff`,
  `insert into person (${personColumns})
   select ${aPerson(`pg_temp.id_of('person', n)`, 'n', 'pg_temp.organisation()')} from generate_series(1, ${people}) n`,
  // Most hold a position where they are registered, every fifth another elsewhere; some have ended.
  `insert into role_profile (id, person, organisation, position, job_role, activities, starts_on, ends_on, starts_at, ends_at)
   select nextval('role_profile_id')::text, held.person, held.organisation, p.id, p.job_role, p.activities, held.starts, held.ends, held.starts, held.ends
   from (
     select pg_temp.id_of('person', n) as person, case when at = 1 then h.organisation else pg_temp.organisation() end as organisation,
       1 + floor(random() * 4)::int as which, date '2023-01-01' + floor(random() * 900)::int as starts,
       case when random() < 0.15 then date '2026-01-01' + floor(random() * 600)::int end as ends
     from generate_series(1, ${people}) n join person h on h.id = pg_temp.id_of('person', n), generate_series(1, 2) at
     where at = 1 or random() < 0.2) held
   join position p on p.id = pg_temp.id_of('position' || held.organisation, held.which)`,
];
