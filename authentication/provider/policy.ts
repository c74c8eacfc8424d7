/** What is asked of a person before a system is told who they are: a sign-in that is strong enough, the terms, a role. */
import { errors, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import { liveRolesOf } from '../../db/position-request/role.ts';
import { recordRoleChoice } from '../../db/sign-in/sign-in.ts';
import { causeNow } from '../cause.ts';
import type { AuthenticationDeps } from '../deps.ts';
import { acrValues, satisfies } from './assurance.ts';
import { rolesFor } from '../../db/sign-in/claims.ts';
import { rolesOfClient } from './claims.ts';
import type { SignedIn } from './signed-in.ts';

const { Check, Prompt, base } = interactionPolicy;

export function createPolicy({ orm, termsInForce }: AuthenticationDeps, signedIn: SignedIn) {
  const policy = base();
  policy.remove('consent'); // the system was approved when it was registered: nobody is asked

  policy.get('login')?.checks.add(
    new Check('not_live', 'the sign-in has ended', 'login_required', async (ctx) => {
      return ctx.oidc.session?.accountId !== undefined && (await signedIn(ctx)) === undefined;
    }),
  );
  policy.get('login')?.checks.add(
    new Check('too_weak', 'a stronger sign-in is needed', 'login_required', async (ctx) => {
      const wanted = wantedClasses(ctx);
      const signIn = await signedIn(ctx);
      if (!signIn) return false;
      // What is asked for can raise what the system was registered with, never lower it.
      return signIn.level < leastOf(ctx) || !wanted.some((acr) => satisfies(signIn, acr));
    }),
  );

  policy.get('login')?.checks.add(
    new Check('other_hinted', 'somebody else is asked for', 'login_required', async (ctx) => {
      const hint = ctx.oidc.params?.['login_hint'] as string | undefined;
      const justNow = ctx.oidc.result?.login !== undefined; // whoever signs in now was shown whom the system asks for
      return /^[0-9]{12}$/.test(hint ?? '') && !justNow && ctx.oidc.session?.accountId !== undefined && ctx.oidc.session.accountId !== hint;
    }),
  );
  policy.add(new Prompt({ name: 'select_account', requestable: true }), 1);
  policy.add(
    new Prompt(
      { name: 'terms', requestable: false },
      new Check('terms_changed', 'the terms have to be accepted', async (ctx) => {
        const signIn = await signedIn(ctx);
        return signIn !== undefined && (signIn.termsVersion ?? 0) < (await termsInForce()).version;
      }),
    ),
  );
  policy.add(
    new Prompt(
      { name: 'role', requestable: false },
      new Check('role_not_chosen', 'a role has to be chosen', async (ctx) => {
        const signIn = await signedIn(ctx);
        if (!signIn || signIn.roleProfile || !ctx.oidc.requestParamScopes.has('selectedrole')) return false;
        const em = orm.em.fork();
        const roles = rolesFor(await liveRolesOf(em, signIn.person), rolesOfClient(ctx));
        const [only] = roles;
        if (!only || roles.length > 1) return roles.length > 1;
        await em.transactional((tx) => recordRoleChoice(tx, causeNow(signIn.person), signIn, only.id, String(ctx.oidc.client?.clientId)));
        Object.assign(signIn, { roleProfile: only.id, roleOrganisation: only.organisation, roleJob: only.jobRole });
        return false;
      }),
    ),
  );
  return policy;
}

const leastOf = (ctx: KoaContextWithOIDC) => Number(ctx.oidc.client?.['minimum_level'] ?? 1);

/**
 * What the system asked for, or else its own minimum.
 * @throws {InvalidRequest} for a class that we do not know: it is refused, not passed over
 */
export function wantedClasses(ctx: KoaContextWithOIDC): string[] {
  const asked = ctx.oidc.params?.['acr_values'] as string | undefined;
  if (!asked) return [leastOf(ctx) === 3 ? 'AAL3_ANY' : 'AAL2_OR_AAL3_ANY'];
  const classes = asked.split(' ');
  const unknown = classes.find((each) => !acrValues.includes(each));
  if (unknown) throw new errors.InvalidRequest(`acr_values: ${unknown} is not supported`);
  return classes;
}
