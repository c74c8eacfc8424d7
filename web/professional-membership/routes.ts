import { Router } from 'express';
import {
  addProfessionalMembership,
  checkProfessionalMembership,
  endProfessionalMembership,
  listDueMemberships,
  listProfessionalMemberships,
  professionalMembershipForm,
  showProfessionalMembership,
} from '../../commands/professional-membership.ts';
import { membershipEndReasons } from '../../domain/professional-membership.ts';
import type { WebDeps } from '../edge/deps.ts';
import { mountForm } from '../edge/form.ts';
import { mountPage, type Page } from '../edge/page.ts';
import { placeItems } from '../edge/places.ts';
import { joinDays } from '../position-request/day-boxes.ts';

/** The registers that somebody is in, and the numbers they have there. */
export function professionalMembershipRoutes(deps: WebDeps): Router {
  const router = Router();
  const at = '/people/:person/professional-memberships';
  const form: Page<typeof professionalMembershipForm> = {
    path: `${at}/new`,
    query: professionalMembershipForm,
    template: 'professional-membership/new.njk',
  };
  const check: Page<typeof showProfessionalMembership> = {
    path: `${at}/:id/check`,
    query: showProfessionalMembership,
    template: 'professional-membership/check.njk',
  };
  const end: Page<typeof showProfessionalMembership> = {
    path: `${at}/:id/end`,
    query: showProfessionalMembership,
    template: 'professional-membership/end.njk',
    view: () => ({ reasons: membershipEndReasons }),
  };
  const list = (person: string, done: string) => `/people/${person}/professional-memberships?done=${done}`;

  mountPage(router, deps, { path: at, query: listProfessionalMemberships, template: 'professional-membership/list.njk' });
  mountPage(router, deps, {
    path: '/professional-memberships',
    query: listDueMemberships,
    template: 'professional-membership/due.njk',
    view: ({ organisations }) => ({ places: placeItems(organisations) }),
  });
  mountPage(router, deps, form);
  mountForm(router, deps, {
    path: at,
    command: addProfessionalMembership,
    page: form,
    read: (fields) => joinDays(fields, ['since', 'until']),
    next: ({ id, person }) => `/people/${person}/professional-memberships/${id}/check`,
  });
  mountPage(router, deps, check);
  mountForm(router, deps, {
    path: check.path,
    command: checkProfessionalMembership,
    page: check,
    read: (fields) => joinDays(fields, ['until']),
    next: ({ person }) => list(person, 'checked'),
  });
  mountPage(router, deps, end);
  mountForm(router, deps, { path: end.path, command: endProfessionalMembership, page: end, next: ({ person }) => list(person, 'ended') });
  return router;
}
