/** What relying parties may ask for, by the exact names of NHS CIS2 Authentication. What they are told is read in db/sign-in/claims.ts. */
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { RolesFor } from '../../db/sign-in/claims.ts';
import { professionalClaims } from '../../domain/professional-membership.ts';

/** Scope → claims. Those of openid are in the ID token, all others at userinfo. */
export const claimsByScope = {
  openid: ['sub', 'acr', 'amr', 'auth_time', 'id_assurance_level', 'authentication_assurance_level', 'selected_roleid'],
  profile: ['name', 'family_name', 'given_name', 'uid'],
  email: ['email'],
  nhsperson: [
    'nhsid_useruid',
    'title',
    'idassurancelevel',
    'initials',
    'middle_names',
    'display_name',
    'given_name',
    'family_name',
    'name',
    'uid',
  ],
  nationalrbacaccess: ['nhsid_nrbac_roles'],
  associatedorgs: ['nhsid_user_orgs'],
  professionalmemberships: [...professionalClaims],
  organisationalmemberships: ['nhsid_org_roles', 'nhsid_org_memberships'],
  selectedrole: ['selected_roleid'],
};
/** A token of it speaks for its person to our own API. It tells the client nothing. */
export const apiScope = 'care-identity-api';
export const ownScopes = [
  apiScope,
  'profile',
  'email',
  'nhsperson',
  'nationalrbacaccess',
  'associatedorgs',
  'professionalmemberships',
  'organisationalmemberships',
  'selectedrole',
];

/** What the client of this request is told of. */
export const rolesOfClient = ({ oidc: { client: asking } }: KoaContextWithOIDC): RolesFor => ({
  organisations: asking?.['organisations'] as string[] | undefined,
  jobRoles: asking?.['job_roles'] as string[] | undefined,
});
