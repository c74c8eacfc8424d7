import { Router } from 'express';
import { home } from '../../commands/home.ts';
import type { WebDeps } from '../edge/deps.ts';
import { mountPage } from '../edge/page.ts';

export function homeRoutes(deps: WebDeps): Router {
  const router = Router();
  mountPage(router, deps, { path: '/', query: home, template: 'home/home.njk' });
  return router;
}
