/** Test people, as integration staff make them and look after them. Not mounted in production. */
import { Router } from 'express';
import { actOnTestPerson, endTestRole, makeTestPerson } from '../../commands/sandbox-acts.ts';
import { listTestPeople, previewTestAct, showTestPerson, testPersonForm, whereToMakeTestPeople } from '../../commands/sandbox.ts';
import { mostTestRoles, testPersonDays } from '../../domain/sandbox.ts';
import type { WebDeps } from '../edge/deps.ts';
import { mountForm } from '../edge/form.ts';
import { pagesOf } from '../edge/fields.ts';
import { mountPage, type Page } from '../edge/page.ts';
import { atOnlyPlace } from '../edge/places.ts';
import { choices, emptyFields, readTestPerson } from './fields.ts';

const folder = '/sandbox';
const one = `${folder}/:person`;
const pathOf = ({ id }: { id: string }) => `${folder}/${id}`;

export function sandboxRoutes(deps: WebDeps): Router {
  const router = Router();
  mountPage(router, deps, {
    path: folder,
    query: listTestPeople,
    template: 'sandbox/list.njk',
    view: ({ next }, { query }) => ({
      // A name of a test person is nobody's.
      ...pagesOf(folder, query, { filters: ['text', 'mine'], next }),
    }),
  });
  making(router, deps);
  acting(router, deps);
  return router;
}

function making(router: Router, deps: WebDeps): void {
  const path = `/organisations/:organisation${folder}`;
  mountPage(router, deps, {
    path: `${folder}/new`,
    query: whereToMakeTestPeople,
    template: 'sandbox/where.njk',
    view: () => ({ back: folder }),
    redirect: atOnlyPlace((code) => `/organisations/${code}${folder}/new`),
  });
  const page: Page<typeof testPersonForm> = {
    path: `${path}/new`,
    query: testPersonForm,
    template: 'sandbox/new.njk',
    view: ({ hasDrawer }) => ({ back: folder, choices: choices(hasDrawer), given: emptyFields(hasDrawer), mostTestRoles, testPersonDays }),
  };
  mountPage(router, deps, page);
  mountForm(router, deps, { path, command: makeTestPerson, page, read: readTestPerson, next: (made) => `${pathOf(made)}?done=made` });
}

function acting(router: Router, deps: WebDeps): void {
  const page: Page<typeof showTestPerson> = {
    path: one,
    query: showTestPerson,
    template: 'sandbox/show.njk',
    view: ({ claims }, req) => {
      req.res?.set('Cache-Control', 'no-store'); // it holds what they sign in with
      return { back: folder, claimsText: JSON.stringify(claims, null, 2) };
    },
  };
  mountPage(router, deps, page);
  const warned: Page<typeof previewTestAct> = {
    path: `${one}/acts/:act`,
    query: previewTestAct,
    template: 'sandbox/act.njk',
    view: (answer) => ({ back: pathOf(answer) }),
  };
  mountPage(router, deps, warned);
  mountForm(router, deps, {
    path: `${one}/acts`,
    command: actOnTestPerson,
    page,
    next: ({ id, act }) => (act === 'remove' ? `${folder}?done=removed` : `${pathOf({ id })}?done=${act}`),
  });
  mountForm(router, deps, { path: `${one}/roles/end`, command: endTestRole, page, next: ({ id }) => `${pathOf({ id })}?done=end-role` });
}
