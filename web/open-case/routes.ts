import { Router } from 'express';
import {
  agreeToEnd,
  endOpenCase,
  handOverCase,
  previewEnd,
  previewHandOver,
  previewReminder,
  previewRetry,
  remindOfCase,
  retryCase,
  withdrawEnd,
} from '../../commands/open-case-acts.ts';
import { openCases, type ShownCase, showOpenCase } from '../../commands/open-case.ts';
import { workHealthWords } from '../../domain/background-work.ts';
import { type EndingReason, endingReasons, healthWords } from '../../domain/open-case.ts';
import { filters } from '../../pages/filters.ts';
import type { WebDeps } from '../edge/deps.ts';
import { pagesOf } from '../edge/fields.ts';
import { mountForm } from '../edge/form.ts';
import { mountPage, type Page } from '../edge/page.ts';
import { chartOf } from './chart.ts';
import { told } from './story.ts';
import { activityWords, casePath, choices, errorWords, kindWords, stageWords, waitsForWords } from './words.ts';

/** See what is stuck, and free it. */
export function openCaseRoutes(deps: WebDeps): Router {
  const router = Router();
  mountPage(router, deps, {
    path: '/open-cases',
    query: openCases,
    template: 'open-case/list.njk',
    view: ({ cases, counts, background, next }, { query }) => ({
      rows: cases.map(lineOf),
      chart: chartOf(counts),
      healthCounts: choices.healths.map(({ value, text }) => ({ value, text, n: sum(counts.filter(({ health }) => health === value)) })),
      workWords: workHealthWords,
      worst: background.find(({ health }) => health === 'failing' || health === 'late')?.health ?? 'on-time',
      choices,
      ...pagesOf('/open-cases', query, { filters: ['kind', 'health', 'organisation'], next }),
    }),
  });

  const page: Page<typeof showOpenCase> = {
    path: '/open-cases/:kind/:id',
    query: showOpenCase,
    template: 'open-case/show.njk',
    view: ({ open, kind, id, story, names, running, ending }) => ({
      line: open && lineOf(open),
      kindWords: kindWords(kind),
      workPath: casePath({ kind, id }),
      story: story.map((record) => told(record, names)),
      endingWords: ending && endingReasons[ending.reason as EndingReason],
      pending:
        'pending' in running ? running.pending.map((each) => ({ ...each, words: activityWords(each), errorWords: errorWords(each) })) : [],
      triedAgainAt: triedAgainJustNow(story),
      choices,
    }),
  };
  mountPage(router, deps, page);
  mountActs(router, deps, page);
  return router;
}

/** Each act is a page that says what it would do, and a form on it. */
function mountActs(router: Router, deps: WebDeps, page: Page<typeof showOpenCase>): void {
  const base = '/open-cases/:kind/:id';
  const next =
    (done: string) =>
    ({ kind, id }: { kind: string; id: string }) =>
      `/open-cases/${kind}/${id}?done=${done}`;
  const view = ({ open, kind, id }: { open: ShownCase; kind: string; id: string }) => ({
    line: lineOf(open),
    back: `/open-cases/${kind}/${id}`,
    kindWords: kindWords(kind),
    choices,
  });

  const retry: Page<typeof previewRetry> = {
    path: `${base}/retry`,
    query: previewRetry,
    template: 'open-case/retry.njk',
    view: (answer) => ({ ...view(answer), activities: answer.activities.map((each) => ({ ...each, words: activityWords(each) })) }),
  };
  const reminder: Page<typeof previewReminder> = {
    path: `${base}/reminder`,
    query: previewReminder,
    template: 'open-case/reminder.njk',
    view,
  };
  const handOver: Page<typeof previewHandOver> = {
    path: `${base}/hand-over`,
    query: previewHandOver,
    template: 'open-case/hand-over.njk',
    view: (answer) => ({ ...view(answer), people: answer.people.map(asChoice) }),
  };
  const end: Page<typeof previewEnd> = { path: `${base}/end`, query: previewEnd, template: 'open-case/end.njk', view };
  mountPage(router, deps, retry);
  mountPage(router, deps, reminder);
  mountPage(router, deps, handOver);
  mountPage(router, deps, end);

  mountForm(router, deps, { path: `${base}/retry`, command: retryCase, page: retry, next: next('retry') });
  mountForm(router, deps, { path: `${base}/reminder`, command: remindOfCase, page: reminder, next: next('reminder') });
  mountForm(router, deps, { path: `${base}/hand-over`, command: handOverCase, page: handOver, next: next('hand-over') });
  mountForm(router, deps, { path: `${base}/end`, command: endOpenCase, page: end, next: next('end') });
  mountForm(router, deps, { path: `${base}/endings/:ending/agreement`, command: agreeToEnd, page: page, next: next('end') });
  mountForm(router, deps, { path: `${base}/endings/:ending/withdrawal`, command: withdrawEnd, page: page, next: next('withdrawal') });
}

const justNowMs = 2 * 60_000;

/** When a manager had it tried again so lately that what is known of its failing may be from before. */
function triedAgainJustNow(story: ReadonlyArray<{ what: string; at: Date }>): Date | undefined {
  const at = story.findLast(({ what }) => what === 'open-case.retry')?.at;
  return at && Date.now() - at.getTime() < justNowMs ? at : undefined;
}

const lineOf = (open: ShownCase) => ({
  ...open,
  kindWords: kindWords(open.kind),
  healthWords: healthWords[open.health],
  stageWords: stageWords(open),
  waitsForWords: waitsForWords(open),
  href: `/open-cases/${open.kind}/${open.id}`,
});

const asChoice = ({ id, name, careId }: { id: string; name: string; careId: string }) => ({
  value: id,
  text: name,
  hint: { text: `Care ID ${filters.careId(careId)}` },
});

const sum = (counts: ReadonlyArray<{ n: number }>) => counts.reduce((total, { n }) => total + n, 0);
