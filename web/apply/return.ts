/** Coming back: a link that alone opens nothing, then a code. */
import { Router } from 'express';
import { publicPage } from '../../commands/application-public.ts';
import { comeBack, sendLink, sendReturnCode, showReturn } from '../../commands/application-return.ts';
import type { WebDeps } from '../edge/deps.ts';
import { mountForm } from '../edge/form.ts';
import { mountPage, type Page } from '../edge/page.ts';

export function returnRoutes(deps: WebDeps): Router {
  const router = Router();
  const ask: Page<typeof publicPage> = {
    path: '/apply/return',
    query: publicPage,
    template: 'apply/return.njk',
    view: () => ({ back: '/apply' }),
  };
  mountPage(router, deps, ask);
  mountForm(router, deps, { path: ask.path, command: sendLink, page: ask, next: () => '/apply/return/sent' });
  mountPage(router, deps, { path: '/apply/return/sent', query: publicPage, template: 'apply/return-sent.njk' });

  const open: Page<typeof showReturn> = { path: '/apply/return/:link', query: showReturn, template: 'apply/return-code.njk' };
  const enter: Page<typeof showReturn> = { path: '/apply/return/:link/code', query: showReturn, template: 'apply/return-enter.njk' };
  mountPage(router, deps, open);
  mountForm(router, deps, { path: open.path, command: sendReturnCode, page: open, next: (_answer, req) => `${req.path}/code` });
  mountPage(router, deps, enter);
  mountForm(router, deps, {
    path: enter.path,
    command: comeBack,
    page: enter,
    next: async ({ id }, req) => {
      await deps.becomeApplicant(req, id);
      return '/apply/status';
    },
  });
  return router;
}
