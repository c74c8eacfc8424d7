import { Router } from 'express';
import { askReportCode, beginCardReport, reportByCode, showCardReport } from '../../commands/card-report.ts';
import { answerUnlock, cancelSmartcard, orderUnlock, reportSmartcard, showSmartcard } from '../../commands/smartcard.ts';
import { dayOf } from '../../domain/days.ts';
import { parsing } from '../card-step.ts';
import type { WebDeps } from '../edge/deps.ts';
import { mountForm } from '../edge/form.ts';
import { mountPage, type Page } from '../edge/page.ts';

type CardPage = Page<typeof showSmartcard>;

export function smartcardRoutes(deps: WebDeps): Router {
  const router = Router();
  const pageOf = (path: string, template: string): CardPage => ({ path, query: showSmartcard, template });
  const report = pageOf('/smartcards/:id/report', 'smartcard/report.njk');
  const cancel = pageOf('/smartcards/:id/cancellation', 'smartcard/cancel.njk');
  const unlock = pageOf('/smartcards/:id/unlock', 'smartcard/unlock.njk');
  const next = ({ id }: { id: string }) => `/smartcards/${id}`;

  mountPage(router, deps, pageOf('/smartcards/:id', 'smartcard/show.njk'));
  for (const page of [report, cancel, unlock]) mountPage(router, deps, page);
  mountForm(router, deps, { path: report.path, command: reportSmartcard, page: report, next });
  mountForm(router, deps, { path: cancel.path, command: cancelSmartcard, page: cancel, next });
  mountForm(router, deps, {
    path: '/smartcards/:id/unlock-orders',
    command: orderUnlock,
    page: unlock,
    read: parsing('session'),
    next: ({ id, nonce }) => `/smartcards/${id}/unlock?order=${nonce}`,
  });
  mountForm(router, deps, {
    path: '/smartcards/:id/unlock-answers',
    command: answerUnlock,
    page: unlock,
    read: parsing('result'),
    next: ({ id }) => `/smartcards/${id}?unlocked=yes`,
  });
  mountLostCard(router, deps);
  return router;
}

/** Day or night, without a card and without signing in. */
function mountLostCard(router: Router, deps: WebDeps): void {
  const begin: Page<typeof beginCardReport> = { path: '/lost-card', query: beginCardReport, template: 'smartcard/lost.njk' };
  const code: Page<typeof showCardReport> = {
    path: '/lost-card/:id',
    query: showCardReport,
    template: 'smartcard/lost-code.njk',
    redirect: ({ id, isDone }, req) => (isDone && req.method === 'GET' ? `/lost-card/${id}/done` : undefined),
  };
  mountPage(router, deps, begin);
  mountForm(router, deps, { path: begin.path, command: askReportCode, page: begin, read: withDay, next: ({ id }) => `/lost-card/${id}` });
  mountPage(router, deps, code);
  mountForm(router, deps, {
    path: code.path,
    command: reportByCode,
    page: code,
    next: (_answer, req) => `/lost-card/${String(req.params['id'])}/done`,
  });
  mountPage(router, deps, { path: '/lost-card/:id/done', query: showCardReport, template: 'smartcard/lost-done.njk' });
}

/** Three boxes of a date. */
function withDay({ day, month, year, ...fields }: Record<string, unknown>): Record<string, unknown> {
  const [y, m, d] = [year, month, day].map(Number) as [number, number, number];
  return { ...fields, dateOfBirth: dayOf(y, m, d) ?? '' };
}
