/** Choosing the role to work in, once a sign-in, for systems that ask. */
import { Router } from 'express';
import { type LiveRole, liveRolesOf } from '../../db/position-request/role.ts';
import { recordRoleChoice } from '../../db/sign-in/sign-in.ts';
import { causeNow } from '../cause.ts';
import type { AuthenticationDeps } from '../deps.ts';
import type { CurrentProvider } from '../provider/current.ts';
import { textOf } from '../edge.ts';
import { findHalfWay } from './half-way.ts';
import { clientOf, findInteraction } from './interaction.ts';
import type { Shown } from './page.ts';

/** More than this are searched. */
const listedWithoutSearch = 5;

export async function showRoles(
  deps: AuthenticationDeps,
  { req, res, interaction }: Shown,
  errors?: Array<{ text: string; href: string }>,
): Promise<void> {
  const { person } = await findHalfWay(deps, interaction);
  const all = await liveRolesOf(deps.orm.em.fork(), person);
  const search = textOf(req.query['search']).slice(0, 100);
  const roles = all.filter((role) => matches(role, search));
  res.render('sign-in/role.njk', {
    uid: interaction.uid,
    roles,
    search,
    total: all.length,
    hasSearch: all.length > listedWithoutSearch,
    errors,
  });
}

/** Every word stands somewhere in the role's or the organisation's name or code. */
function matches(role: LiveRole, search: string): boolean {
  const where = [role.jobRoleName, role.organisationName, role.organisation, role.position, role.id].join(' ').toLowerCase();
  return search
    .toLowerCase()
    .split(/\s+/)
    .every((word) => where.includes(word));
}

export function roleRoutes(deps: AuthenticationDeps, provider: CurrentProvider): Router {
  const router = Router();
  router.post('/sign-in/:uid/role', async (req, res) => {
    const interaction = await findInteraction(provider, req, res);
    const signIn = await findHalfWay(deps, interaction);
    const roles = await liveRolesOf(deps.orm.em.fork(), signIn.person);
    const chosen = roles.find(({ id }) => id === req.body?.role);
    if (!chosen) {
      const errors = [{ text: 'Select the role you want to work in', href: '#role' }];
      return showRoles(deps, { req, res: res.status(400), interaction }, errors);
    }
    await deps.orm.em.fork().transactional((em) => recordRoleChoice(em, causeNow(signIn.person), signIn, chosen.id, clientOf(interaction)));
    await provider().interactionFinished(req, res, { role: chosen.id });
  });
  return router;
}
