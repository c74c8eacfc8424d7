import { Router } from 'express';
import { cardIssueArtwork, cardIssuePhoto } from '../../commands/card-issue-picture.ts';
import {
  answerCardIssue,
  discardCard,
  giveUpCardIssue,
  listCardIssues,
  newCardIssue,
  orderCardIssue,
  printCardIssue,
  recogniseHolder,
  sayPrinted,
  showCardIssue,
  startIssue,
} from '../../commands/card-issue.ts';
import { cardIssueStages, cardIssueWaitsFor, stageInWords } from '../../domain/card-issue.ts';
import { parsing } from '../card-step.ts';
import type { WebDeps } from '../edge/deps.ts';
import { mountFile } from '../edge/file.ts';
import { mountForm } from '../edge/form.ts';
import { mountPage, type Page } from '../edge/page.ts';
import { stepsOf } from './steps.ts';

/** Steps of the card that go on by themselves, one after the other. */
const goesOn = ['prepared', 'set-up', 'signed'];

export function cardIssueRoutes(deps: WebDeps): Router {
  const router = Router();
  const create: Page<typeof newCardIssue> = {
    path: '/people/:person/card-issue',
    query: newCardIssue,
    template: 'card-issue/new.njk',
    view: ({ organisations }) => ({ places: organisations.map(({ code, name }) => ({ value: code, text: name })) }),
  };
  const page: Page<typeof showCardIssue> = {
    path: '/card-issues/:id',
    query: showCardIssue,
    template: 'card-issue/show.njk',
    view: ({ stage, names, changedBy }) => ({
      steps: stepsOf(stage),
      stepNumber: stepsOf(stage).findIndex(({ status }) => status === 'Now') + 1,
      isOver: cardIssueWaitsFor(stage) === null,
      changedByName: names[changedBy] ?? '',
    }),
  };
  const next = ({ id }: { id: string }) => `/card-issues/${id}`;
  const on = { page, next };

  mountPage(router, deps, { path: '/card-issues', query: listCardIssues, template: 'card-issue/list.njk', view: () => ({ stages }) });
  mountPage(router, deps, create);
  mountForm(router, deps, { path: '/people/:person/card-issues', command: startIssue, placed: 'organisation', page: create, next });
  mountPage(router, deps, page);
  mountFile(router, deps, { path: '/card-issues/:id/artwork', query: cardIssueArtwork });
  mountFile(router, deps, { path: '/card-issues/:id/photo', query: cardIssuePhoto });
  mountForm(router, deps, { ...on, path: '/card-issues/:id/print', command: printCardIssue });
  mountForm(router, deps, { ...on, path: '/card-issues/:id/printed', command: sayPrinted });
  mountForm(router, deps, {
    page,
    path: '/card-issues/:id/orders',
    command: orderCardIssue,
    read: parsing('session'),
    next: ({ id, nonce }) => `/card-issues/${id}?order=${nonce}`,
  });
  mountForm(router, deps, {
    page,
    path: '/card-issues/:id/answers',
    command: answerCardIssue,
    read: parsing('result'),
    next: ({ id, stage }) => `/card-issues/${id}${goesOn.includes(stage) ? '?go=on' : ''}`,
  });
  mountForm(router, deps, { ...on, path: '/card-issues/:id/recognition', command: recogniseHolder });
  mountForm(router, deps, { ...on, path: '/card-issues/:id/discard', command: discardCard });
  mountForm(router, deps, { ...on, path: '/card-issues/:id/give-up', command: giveUpCardIssue });
  return router;
}

/** What the list can be narrowed to. */
const stages = cardIssueStages
  .filter((stage) => cardIssueWaitsFor(stage) !== null)
  .map((stage) => ({ value: stage, text: `${stageInWords(stage).charAt(0).toUpperCase()}${stageInWords(stage).slice(1)}` }));
