import { Router } from 'express';
import { answerRenewal, listRenewals, myRenewal, orderRenewal, showRenewal } from '../../commands/renewal.ts';
import { parsing } from '../card-step.ts';
import type { WebDeps } from '../edge/deps.ts';
import { mountForm } from '../edge/form.ts';
import { mountPage, type Page } from '../edge/page.ts';

export function renewalRoutes(deps: WebDeps): Router {
  const router = Router();
  mountPage(router, deps, { path: '/renewals', query: listRenewals, template: 'renewal/list.njk' });
  mountPage(router, deps, { path: '/me/renewal', query: myRenewal, template: 'renewal/mine.njk' });
  mountSteps(router, deps, '/renewals');
  mountSteps(router, deps, '/me/renewal');
  return router;
}

/** The steps with the card: the same for the holder alone and for whoever sits with the holder. */
function mountSteps(router: Router, deps: WebDeps, root: string): void {
  const page: Page<typeof showRenewal> = { path: `${root}/:id`, query: showRenewal, template: 'renewal/show.njk', view: () => ({ root }) };
  mountPage(router, deps, page);
  mountForm(router, deps, {
    page,
    path: `${root}/:id/orders`,
    command: orderRenewal,
    read: parsing('session'),
    next: ({ id, nonce }) => `${root}/${id}?order=${nonce}`,
  });
  mountForm(router, deps, {
    page,
    path: `${root}/:id/answers`,
    command: answerRenewal,
    read: parsing('result'),
    next: ({ id }) => `${root}/${id}?go=on`,
  });
}
