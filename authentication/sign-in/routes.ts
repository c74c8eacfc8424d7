/** The pages a person meets between asking for a system and being let in. */
import { type Request, type Response, Router } from 'express';
import type { AuthenticationDeps } from '../deps.ts';
import type { CurrentProvider } from '../provider/current.ts';
import { cardRoutes } from './card.ts';
import { findInteraction } from './interaction.ts';
import { showSignIn, type Shown } from './page.ts';
import { passwordRoutes } from './password.ts';
import { roleRoutes, showRoles } from './role.ts';
import { securityKeyRoutes } from './security-key.ts';
import { showTerms, termsRoutes } from './terms.ts';

export function signInRoutes(deps: AuthenticationDeps, provider: CurrentProvider): Router {
  const router = Router();
  /** One page for each prompt of provider/policy.ts. */
  const pages: Readonly<Record<string, (shown: Shown) => Promise<void>>> = {
    login: (shown) => showSignIn(deps, provider, shown),
    select_account: (shown) => showSignIn(deps, provider, shown),
    terms: (shown) => showTerms(deps, shown),
    role: (shown) => showRoles(deps, shown),
  };

  router.get('/sign-in/:uid', async (req: Request, res: Response) => {
    const interaction = await findInteraction(provider, req, res);
    const show = pages[interaction.prompt.name];
    if (!show) throw new Error(`no page for ${interaction.prompt.name}`);
    await show({ req, res, interaction });
  });
  router.use(cardRoutes(deps, provider));
  router.use(securityKeyRoutes(deps, provider));
  router.use(passwordRoutes(deps, provider));
  router.use(termsRoutes(deps, provider));
  router.use(roleRoutes(deps, provider));
  return router;
}
