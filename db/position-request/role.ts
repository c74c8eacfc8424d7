import type { EntityManager } from '@mikro-orm/postgresql';
import { prepared } from '../prepared.ts';

/** A role profile that holds now, as relying parties are told. */
export interface LiveRole {
  id: string;
  organisation: string;
  organisationName: string;
  /** The person's own 12 digits at this organisation: those of the first role profile they had there. */
  personAtOrganisation: string;
  jobRole: string;
  jobRoleName: string;
  position: string | null;
  activities: string[];
  activityNames: string[];
  workgroups: string[];
  areasOfWork: string[];
}

const liveRoles = prepared<LiveRole>(
  'live-roles',
  `select r.id, r.organisation, o.name as "organisationName",
       (select min(f.id) from role_profile f where f.person = r.person and f.organisation = r.organisation) as "personAtOrganisation",
       r.job_role as "jobRole", coalesce(j.name, r.job_role) as "jobRoleName", p.name as "position", r.activities,
       array(select coalesce(n.name, a.code) from unnest(r.activities) with ordinality as a(code, n)
         left join code_name n on n.code = a.code order by a.n) as "activityNames",
       coalesce(p.workgroups, '{}') as workgroups, coalesce(p.areas_of_work, '{}') as "areasOfWork"
     from role_profile r
     join organisation o on o.code = r.organisation
     left join position p on p.id = r.position
     left join code_name j on j.code = r.job_role
     where r.person = :person and r.starts_at <= now() and (r.ends_at is null or now() < r.ends_at)
     order by o.name, "jobRoleName", r.id`,
);

/** Everything a relying party may be told of a person's roles, in one query: organisation by organisation, then by name. */
export const liveRolesOf = (em: EntityManager, person: string): Promise<LiveRole[]> => liveRoles(em, { person });
