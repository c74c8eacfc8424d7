/** Identity checks: the queue, and one task a page for whoever has a check. */
import { type Request, Router } from 'express';
import {
  declare,
  listIdentityChecks,
  release,
  showCandidatePhoto,
  showDecided,
  showEvidencePhoto,
  showIdentityCheck,
  take,
  takeNext,
} from '../../commands/identity-check.ts';
import { stateWords } from '../../domain/application.ts';
import { declarations } from '../../domain/identity-check.ts';
import { asks } from '../../domain/identity-check/outcome.ts';
import type { WebDeps } from '../edge/deps.ts';
import { mountFile } from '../edge/file.ts';
import { mountForm } from '../edge/form.ts';
import { mountPage, type Page } from '../edge/page.ts';
import { placeItems } from '../edge/places.ts';
import { atOf, checkPath, folder, headView, itemsOf } from './check-page.ts';
import { outcomeRoutes } from './outcome.ts';
import { taskRoutes } from './tasks.ts';
import { decisionTags, decisionWords, reasonWords } from './words.ts';

export function identityCheckRoutes(deps: WebDeps): Router {
  const router = Router();
  queueRoutes(router, deps);
  checkRoutes(router, deps);
  taskRoutes(router, deps);
  outcomeRoutes(router, deps);
  mountFile(router, deps, { path: `${checkPath}/photos/:photo`, query: showEvidencePhoto });
  mountFile(router, deps, { path: `${checkPath}/duplicates/:kind/:other/photo`, query: showCandidatePhoto });
  return router;
}

function queueRoutes(router: Router, deps: WebDeps): void {
  const page: Page<typeof listIdentityChecks> = {
    path: folder,
    query: listIdentityChecks,
    template: 'identity-check/list.njk',
    view: ({ organisations }, req) => ({
      me: deps.visitorOf(req).caller.id,
      places: placeItems(organisations),
      here: hereWithout(req, ['after', 'empty', 'released', 'known']),
      decisionTags,
      reasonWords,
    }),
  };
  mountPage(router, deps, page);
  mountForm(router, deps, { path: `${folder}/next`, command: takeNext, page, next: ({ id }) => (id ? atOf(id) : `${folder}?empty=yes`) });
}

/** The page as it is, with its filters: where a cursor is added. */
function hereWithout(req: Request, left: readonly string[]): string {
  const kept = Object.entries(req.query).filter(([name, value]) => typeof value === 'string' && !left.includes(name));
  return `${folder}?${new URLSearchParams(kept as Array<[string, string]>).toString()}`;
}

function checkRoutes(router: Router, deps: WebDeps): void {
  const page: Page<typeof showIdentityCheck> = {
    path: checkPath,
    query: showIdentityCheck,
    template: 'identity-check/show.njk',
    redirect: (check) => (check.isMine && !check.isOpen ? `${atOf(check.id)}/declaration` : undefined),
    view: (check) => ({
      ...headView(check, folder),
      stateWords,
      changed: check.isOpen && check.tasks.some(({ standing }) => standing === 'changed'),
      ofAnother: check.isOpen && check.tasks.some(({ standing }) => standing === 'of-another'),
    }),
  };
  const declaration: Page<typeof showIdentityCheck> = {
    path: `${checkPath}/declaration`,
    query: showIdentityCheck,
    template: 'identity-check/declaration.njk',
    redirect: (check) => (check.isMine && !check.isOpen ? undefined : atOf(check.id)),
    view: (check) => ({ ...headView(check, folder), declarationItems: itemsOf(declarations) }),
  };
  mountPage(router, deps, page);
  mountPage(router, deps, declaration);
  mountPage(router, deps, {
    ...page,
    path: `${checkPath}/go-on`,
    redirect: (check) => (check.isOpen ? `${atOf(check.id)}/${check.next}` : atOf(check.id)),
  });
  mountForm(router, deps, { path: `${checkPath}/take`, command: take, page, next: ({ id }) => atOf(id) });
  mountForm(router, deps, { path: `${checkPath}/release`, command: release, page, next: () => `${folder}?released=yes` });
  mountForm(router, deps, {
    path: declaration.path,
    command: declare,
    page: declaration,
    next: ({ id, isYours }) => (isYours ? `${atOf(id)}/go-on` : `${folder}?known=yes`),
  });
  mountPage(router, deps, {
    path: `${checkPath}/decided`,
    query: showDecided,
    template: 'identity-check/decided.njk',
    view: (decided) => ({ ...headView(decided, folder), decisionWords, reasonWords, askedFor: decided.asks.map((ask) => asks[ask]) }),
  });
}
