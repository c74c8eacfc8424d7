/** The public journey: somebody with no account applies for a Care ID. */
import { Router } from 'express';
import {
  answerContact,
  answerDateOfBirth,
  answerJob,
  answerName,
  answerNationalInsuranceNumber,
  start,
} from '../../commands/application-draft.ts';
import { leave, publicPage, showWayIn } from '../../commands/application-public.ts';
import { showOwn } from '../../commands/application-reading.ts';
import { confirmEmail, sendCode } from '../../commands/application-return.ts';
import { addEvidence, answerAsked, submit, withdraw } from '../../commands/application.ts';
import { noNumberReasons } from '../../domain/national-insurance-number.ts';
import type { WebDeps } from '../edge/deps.ts';
import { mountForm } from '../edge/form.ts';
import { mountPage, type Page } from '../edge/page.ts';
import { evidenceRoutes } from './evidence.ts';
import { checkPage, draftPage, linkIn, next, questionPage, sentPage, statusPage } from './own.ts';
import { returnRoutes } from './return.ts';

export function applyRoutes(deps: WebDeps): Router {
  const router = Router();
  router.use('/apply', (_req, res, go) => {
    res.locals['home'] = '/apply';
    res.locals['ways'] = waysOn;
    res.set('Cache-Control', 'no-store'); // what was typed is nobody else's to find by going back
    go();
  });
  wayIn(router, deps);
  questionRoutes(router, deps);
  router.use(evidenceRoutes(deps));
  router.use(returnRoutes(deps));
  sending(router, deps);
  return router;
}

/** Where a page leads that can show nothing: staff sign in elsewhere. */
const waysOn = [
  { href: '/apply', text: 'Apply for a Care ID' },
  { href: '/apply/return', text: 'Come back to an application you made before' },
];

function wayIn(router: Router, deps: WebDeps): void {
  const beginning: Page<typeof showOwn> = {
    path: '/apply',
    query: showOwn,
    template: 'apply/beginning.njk',
    redirect: (_answer, req) => linkIn(req),
    view: ({ own }) => ({ own }),
  };
  const page: Page<typeof showWayIn> = { path: '/apply/invitation/:link', query: showWayIn, template: 'apply/way-in.njk' };
  mountPage(router, deps, beginning);
  mountPage(router, deps, page);
  mountForm(router, deps, { path: page.path, command: start, page, next: () => '/apply/name' });
  mountForm(router, deps, {
    path: '/apply/leave',
    command: leave,
    page: beginning,
    next: async (_answer, req) => {
      await deps.leaveApplication(req);
      return '/apply/left';
    },
  });
  mountPage(router, deps, { path: '/apply/left', query: publicPage, template: 'apply/left.njk' });
}

const reasons = Object.entries(noNumberReasons).map(([value, text]) => ({ value, text }));

function questionRoutes(router: Router, deps: WebDeps): void {
  const asking = [
    { page: questionPage('name'), command: answerName },
    { page: questionPage('date-of-birth'), command: answerDateOfBirth },
    { page: questionPage('national-insurance-number', { reasons }), command: answerNationalInsuranceNumber },
    { page: questionPage('contact'), command: answerContact },
    { page: questionPage('job'), command: answerJob },
  ];
  for (const { page, command } of asking) {
    mountPage(router, deps, page);
    mountForm(router, deps, { path: page.path, command, page, next });
  }
  const codePage = questionPage('email-code');
  const enterPage = draftPage('/apply/email-code/enter', 'enter-code', { back: '/apply/email-code' });
  mountPage(router, deps, codePage);
  mountForm(router, deps, { path: codePage.path, command: sendCode, page: codePage, next: () => enterPage.path });
  mountPage(router, deps, enterPage);
  mountForm(router, deps, { path: enterPage.path, command: confirmEmail, page: enterPage, next });
}

function sending(router: Router, deps: WebDeps): void {
  mountPage(router, deps, checkPage);
  mountForm(router, deps, {
    path: checkPage.path,
    command: submit,
    page: checkPage,
    next: async ({ id }, req) => {
      await deps.becomeApplicant(req, id);
      return '/apply/sent';
    },
  });
  const status = statusPage;
  const withdrawal = sentPage('/apply/withdraw', 'withdraw', { back: status.path });
  mountPage(router, deps, sentPage('/apply/sent', 'sent'));
  mountPage(router, deps, status);
  mountPage(router, deps, withdrawal);
  mountForm(router, deps, { path: withdrawal.path, command: withdraw, page: withdrawal, next: () => status.path });
  mountForm(router, deps, { path: '/apply/answer', command: answerAsked, page: status, next: () => status.path });
  mountForm(router, deps, { path: '/apply/evidence', command: addEvidence, page: status, next: () => status.path });
}
