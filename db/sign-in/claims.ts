/** What relying parties are told of somebody, by the exact names and shapes of NHS CIS2 Authentication: by the authentication service, and shown by the sandbox. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { fullName, titledName } from '../person/person.ts';
import { type LiveRole, liveRolesOf } from '../position-request/role.ts';
import { givenNamesOf, orgMembershipsOf, orgRolesOf, professionalClaimsOf } from './membership-claims.ts';
import type { LiveSignIn } from './sign-in.ts';

/** Which roles a client is told of: all, unless it is registered for some organisations or job roles. */
export interface RolesFor {
  organisations?: readonly string[] | undefined;
  jobRoles?: readonly string[] | undefined;
}

type Role = Pick<LiveRole, 'organisation' | 'jobRole'>;
const isToldOf = ({ organisation, jobRole }: Role, { organisations, jobRoles }: RolesFor): boolean =>
  (organisations?.includes(organisation) ?? true) && (jobRoles?.includes(jobRole) ?? true);

export const rolesFor = (roles: readonly LiveRole[], wanted: RolesFor): LiveRole[] => roles.filter((role) => isToldOf(role, wanted));

/** What is told of a sign-in by itself. */
export type ToldOf = Pick<
  LiveSignIn,
  | 'person'
  | 'careId'
  | 'identityAssuranceLevel'
  | 'level'
  | 'roleProfile'
  | 'roleOrganisation'
  | 'roleJob'
  | 'title'
  | 'givenNames'
  | 'familyName'
  | 'email'
>;

export interface Told {
  sub: string;
  [claim: string]: unknown;
}

/** What the sign-in says by itself: all that an ID token tells, without another question to PostgreSQL. @param scope what was granted */
export function claimsOfIdToken(signIn: ToldOf, { scope, ...wanted }: RolesFor & { scope: string }): Told {
  const { roleProfile, roleOrganisation, roleJob } = signIn;
  const isTold = isToldOf({ organisation: roleOrganisation ?? '', jobRole: roleJob ?? '' }, wanted);
  return {
    sub: signIn.careId,
    id_assurance_level: String(signIn.identityAssuranceLevel),
    authentication_assurance_level: String(signIn.level),
    ...(roleProfile && isTold && scope.split(' ').includes('selectedrole') && { selected_roleid: roleProfile }),
  };
}

/** What userinfo tells. @param scope what was granted, separated by spaces */
export async function claimsOf(em: EntityManager, signIn: ToldOf, { scope, ...wanted }: RolesFor & { scope: string }): Promise<Told> {
  const scopes = scope.split(' ');
  const asks = (...any: string[]) => any.some((each) => scopes.includes(each));
  const needsRoles = asks('nationalrbacaccess', 'associatedorgs', 'organisationalmemberships');
  const roles = needsRoles ? rolesFor(await liveRolesOf(em, signIn.person), wanted) : [];
  return {
    ...claimsOfIdToken(signIn, { scope, ...wanted }),
    ...(asks('profile', 'email', 'nhsperson') && aboutPerson(signIn)),
    ...(asks('nationalrbacaccess') && { nhsid_nrbac_roles: roles.map(aboutRole) }),
    ...(asks('associatedorgs') && { nhsid_user_orgs: organisationsOf(roles) }),
    ...(asks('organisationalmemberships') && { nhsid_org_roles: orgRolesOf(roles), nhsid_org_memberships: orgMembershipsOf(roles) }),
    ...(asks('professionalmemberships') && (await professionalClaimsOf(em, signIn.person))),
  };
}

const aboutPerson = (person: ToldOf) => ({
  name: fullName(person),
  family_name: person.familyName,
  ...givenNamesOf(person),
  ...(person.title && { title: person.title }),
  ...(person.email && { email: person.email }),
  display_name: titledName(person),
  uid: person.careId,
  nhsid_useruid: person.careId,
  idassurancelevel: String(person.identityAssuranceLevel),
});

/** Empty lists are left out, as the national service does. */
const aboutRole = (role: LiveRole) => ({
  org_code: role.organisation,
  person_orgid: role.personAtOrganisation,
  person_roleid: role.id,
  role_code: role.jobRole,
  role_name: role.jobRoleName,
  ...(role.activities.length > 0 && { activities: role.activityNames, activity_codes: role.activities }),
  ...(role.workgroups.length > 0 && { workgroups: role.workgroups, workgroups_codes: role.workgroups }),
  ...(role.areasOfWork.length > 0 && { aow: role.areasOfWork, aow_codes: role.areasOfWork }),
});

const organisationsOf = (roles: readonly LiveRole[]) => orgRolesOf(roles).map(({ org_code, org_name }) => ({ org_code, org_name }));
