import { Router } from 'express';
import {
  confirmEnrolment,
  enrolmentForm,
  listEnrolments,
  showEnrolment,
  startEnrolling,
  withdrawEnrolment,
} from '../../commands/enrolment.ts';
import { witnessingWords } from '../../domain/enrolment.ts';
import type { WebDeps } from '../edge/deps.ts';
import { mountForm } from '../edge/form.ts';
import { mountPage, type Page } from '../edge/page.ts';

/** Registering how somebody signs in, by a link that is sent to them. */
export function enrolmentRoutes(deps: WebDeps): Router {
  const router = Router();
  const at = '/people/:person/enrolments';
  const form: Page<typeof enrolmentForm> = { path: `${at}/new`, query: enrolmentForm, template: 'enrolment/new.njk' };
  const page: Page<typeof showEnrolment> = {
    path: '/enrolments/:id',
    query: showEnrolment,
    template: 'enrolment/show.njk',
    view: () => ({ witnessingWords }),
  };
  const next = ({ id }: { id: string }) => `/enrolments/${id}`;
  mountPage(router, deps, {
    path: '/enrolments',
    query: listEnrolments,
    template: 'enrolment/list.njk',
    view: () => ({ witnessingWords }),
  });
  mountPage(router, deps, form);
  mountForm(router, deps, { path: at, command: startEnrolling, page: form, next });
  mountPage(router, deps, page);
  mountForm(router, deps, { path: `${page.path}/confirmation`, command: confirmEnrolment, page, next });
  mountForm(router, deps, { path: `${page.path}/withdrawal`, command: withdrawEnrolment, page, next });
  return router;
}
