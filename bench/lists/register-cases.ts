/** Open cases of the register, and the applications and decisions that the checkers' queue shows. */

/** Applications that are open: two cases of five. */
const applicationColumns = `id, reference, organisation, state, version, given_name, middle_names, family_name, date_of_birth,
  national_insurance_number, email, mobile, job, leased_by, leased_until, changed_by, changed_at, made_at, submitted_at`;

const anApplication = `a.given, case when random() < 0.3 then pg_temp.given_name() end, pg_temp.family_name(), date '1950-01-01' + floor(random() * 20000)::int,
  'SY' || lpad(a.n::text, 6, '0') || 'C', 'applicant.' || a.n || '@register.example', '07700900982',
  (array['Nurse', 'Receptionist', 'Doctor', 'Pharmacist', 'Care assistant'])[1 + a.n % 5]`;

/** Someone who checks identities where an application is, or at its trust. */
const checkerOf = (organisation: string) =>
  `pg_temp.id_of('checker' || (select case when o.code like 'P%' then o.parent else o.code end from organisation o where o.code = ${organisation}), 1)`;

export const casesSql = (cases: number): readonly string[] => [
  `insert into application (${applicationColumns})
   select pg_temp.id_of('application', a.n), 'R' || lpad(a.n::text, 9, '0'), a.organisation, a.state, 2, ${anApplication},
     case when a.state = 'checking' then ${checkerOf('a.organisation')} end, case when a.state = 'checking' then now() + (random() * 60 - 30) * interval '1 minute' end,
     'system', a.at, a.at - interval '1 day', a.at
   from (
     select n, pg_temp.organisation() as organisation, pg_temp.given_name() as given, now() - power(random(), 2) * interval '25 days' as at,
       case when n % 50 = 6 then 'checking' when n % 10 = 7 then 'submitted' when n % 10 = 8 then 'submitted' when n % 10 = 9 then 'more-needed' else 'expected' end as state
     from generate_series(1, ${cases * 0.4}) n) a`,
  `insert into open_case (kind, id, organisation, stage, waits_for, waits_for_person, opened_at, since, due)
   select 'identity-proofing', id, organisation,
     case state when 'submitted' then 'not-expected' when 'expected' then 'to-check' else state end,
     case state when 'submitted' then 'sponsor' when 'more-needed' then 'applicant' else 'id-checker' end,
     leased_by, made_at, changed_at, changed_at + interval '5 days'
   from application where state in ('submitted', 'expected', 'checking', 'more-needed')`,
  `insert into open_case (kind, id, organisation, person, stage, waits_for, waits_for_person, opened_at, since, due, holds_card)
   select c.kind, pg_temp.id_of('case', c.n), p.organisation, p.id, c.stage, c.waits_for, case when c.waits_for = 'holder' then p.id end,
     c.at - random() * interval '5 days', c.at, c.at + interval '30 days', c.stage in ('prepared', 'set-up')
   from (
     select g.n, k.kind, k.stage, k.waits_for, now() - power(random(), 2) * interval '40 days' as at
     from generate_series(1, ${cases * 0.6}) g(n)
     join (values (0, 'position-request', 'submitted', 'sponsor'), (1, 'position-request', 'submitted', 'sponsor'),
       (2, 'position-request', 'sent-back', 'ra-agent'), (3, 'card-issue', 'printing', 'printer'), (4, 'card-issue', 'prepared', 'ra-agent'),
       (5, 'renewal', 'due', 'holder')) k(n, kind, stage, waits_for) on k.n = g.n % 6) c
   join person p on p.id = pg_temp.id_of('person', 1 + c.n % ${cases})`,
  // A few are in trouble: a printer that does not answer, nobody left who could act.
  `update open_case c set failing_since = now() - random() * interval '3 hours', failing_what = 'printCard', failing_error = 'PrinterError', attempts = 7,
     next_try_at = now() + interval '5 minutes', failing_thing = pg_temp.id_of('printer' || coalesce(nullif(o.parent, 'Q99'), o.code), 1)
   from organisation o where o.code = c.organisation and c.stage = 'printing' and random() < 0.2`,
  `update open_case set nobody_since = now() - random() * interval '3 days' where waits_for = 'sponsor' and random() < 0.02`,
  `insert into application (${applicationColumns})
   select pg_temp.id_of('decided', a.n), 'D' || lpad(a.n::text, 9, '0'), a.organisation, 'verified', 4, ${anApplication}, null, null, 'system', a.at,
     a.at - interval '9 days', a.at - interval '8 days'
   from (
     select n, pg_temp.organisation() as organisation, pg_temp.given_name() as given, now() - random() * interval '90 days' as at
     from generate_series(1, ${cases * 0.4}) n) a`,
  `insert into identity_decision (id, application, organisation, checker, decision, made_at, decided_at, profile, confidence, nhs_passed, level)
   select pg_temp.id_of('decision', row_number() over ()), id, organisation, ${checkerOf('a.organisation')}, 'verify', changed_at, changed_at, 'H1A', 'high', true, 3
   from application a where state = 'verified'`,
];
