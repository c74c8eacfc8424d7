import { Router } from 'express';
import { closePerson, previewClose, previewReopen, previewSuspend, reopenPerson, suspendPerson } from '../../commands/person.ts';
import { endAllSignIns, endSignIn, listAccessEnds, listSignIns } from '../../commands/sign-in.ts';
import type { WebDeps } from '../edge/deps.ts';
import { mountForm } from '../edge/form.ts';
import { mountPage, type Page } from '../edge/page.ts';
import { placeItems } from '../edge/places.ts';

/** Taking access away: a person's sign-ins, the person as a whole, and how fast every system knew. */
export function accessEndRoutes(deps: WebDeps): Router {
  const router = Router();
  const person = '/people/:person';
  const signIns: Page<typeof listSignIns> = { path: `${person}/sign-ins`, query: listSignIns, template: 'access-end/sign-ins.njk' };
  const endAll: Page<typeof listSignIns> = { path: `${person}/sign-ins/end`, query: listSignIns, template: 'access-end/end-all.njk' };
  mountPage(router, deps, signIns);
  mountPage(router, deps, endAll);
  const ended = ({ person: id }: { person: string }) => `/people/${id}/sign-ins?done=ended`;
  mountForm(router, deps, { path: endAll.path, command: endAllSignIns, page: endAll, next: ended });
  mountForm(router, deps, { path: `${person}/sign-ins/:id/end`, command: endSignIn, page: signIns, next: ended });

  const steps = [
    { path: `${person}/suspend`, query: previewSuspend, command: suspendPerson },
    { path: `${person}/close`, query: previewClose, command: closePerson },
    { path: `${person}/reopen`, query: previewReopen, command: reopenPerson },
  ];
  for (const { path, query, command } of steps) {
    const page: Page<typeof query> = { path, query, template: 'access-end/person-state.njk' };
    mountPage(router, deps, page);
    mountForm(router, deps, { path, command, page, next: ({ id }) => `/people/${id}` });
  }
  const view: Page<typeof listAccessEnds>['view'] = ({ organisations }) => ({ places: placeItems(organisations) });
  mountPage(router, deps, { path: '/access-ends', query: listAccessEnds, template: 'access-end/list.njk', view });
  return router;
}
