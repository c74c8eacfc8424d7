import { Router } from 'express';
import { changeContact, searchPeople, showContact, showMe, showPerson, showSearch, startSearch } from '../../commands/person.ts';
import { isHeld } from '../../domain/smartcard.ts';
import type { WebDeps } from '../edge/deps.ts';
import { mountForm } from '../edge/form.ts';
import { mountPage, type Page } from '../edge/page.ts';

/** Finding people, seeing one, and one's own details. */
export function personRoutes(deps: WebDeps): Router {
  const router = Router();
  const find: Page<typeof startSearch> = { path: '/people', query: startSearch, template: 'person/find.njk' };
  const contact: Page<typeof showContact> = { path: '/me/contact', query: showContact, template: 'person/contact.njk' };

  mountPage(router, deps, find);
  mountForm(router, deps, { path: '/people/searches', command: searchPeople, page: find, next: ({ id }) => `/people/searches/${id}` });
  mountPage(router, deps, {
    path: '/people/searches/:id',
    query: showSearch,
    template: 'person/found.njk',
    view: ({ people }) => ({ showsBirth: people.some(({ dateOfBirth }) => dateOfBirth !== null) }),
  });
  mountPage(router, deps, {
    path: '/people/:person',
    query: showPerson,
    template: 'person/show.njk',
    view: ({ smartcards }) => ({ holdsCard: smartcards.some(({ state }) => isHeld(state)) }),
  });
  mountPage(router, deps, { path: '/me', query: showMe, template: 'person/me.njk' });
  mountPage(router, deps, contact);
  mountForm(router, deps, { path: '/me/contact', command: changeContact, page: contact, next: () => '/me?done=contact' });
  return router;
}
