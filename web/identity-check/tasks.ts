/** The tasks of a check, one a page. Saving one leads to the next. */
import type { Request, Router } from 'express';
import {
  answerActivity,
  answerAddress,
  answerDuplicate,
  answerFace,
  askFraudSources,
  showDuplicate,
  showFraud,
  showIdentityCheck,
} from '../../commands/identity-check.ts';
import { activityKinds, monthsShown } from '../../domain/activity-history.ts';
import { londonDay } from '../../domain/days.ts';
import { duplicateReasons } from '../../domain/duplicate.ts';
import { waysSeen } from '../../domain/evidence.ts';
import { faceMethods, likenessWords } from '../../domain/face.ts';
import { fraudFindings } from '../../domain/fraud.ts';
import { addressWords, mostActivity } from '../../domain/identity-check/answers.ts';
import { fullName } from '../../domain/personal-name.ts';
import type { WebDeps } from '../edge/deps.ts';
import { mountForm } from '../edge/form.ts';
import { mountPage, type Page } from '../edge/page.ts';
import { readActivity } from './activity-fields.ts';
import { atOf, checkPath, headView, itemsOf, onlyOpen, whenOpen } from './check-page.ts';
import { documentRoutes } from './document.ts';

type CheckPage = Page<typeof showIdentityCheck>;
type IdentityCheckView = Awaited<ReturnType<typeof showIdentityCheck.perform>>;
type View = Extract<IdentityCheckView, { isOpen: true }>;

/** A task that needs no more than the check itself. */
const taskPage = (path: string, view: (check: View) => object): CheckPage => ({
  path: `${checkPath}/${path}`,
  query: showIdentityCheck,
  template: `identity-check/${path}.njk`,
  redirect: onlyOpen,
  view: whenOpen<IdentityCheckView>((check) => ({ ...headView(check), ...view(check) })),
});

const onwards = ({ id, next }: { id: string; next: string }) => `${atOf(id)}/${next}`;

export function taskRoutes(router: Router, deps: WebDeps): void {
  duplicateRoutes(router, deps);
  documentRoutes(router, deps);
  const face = taskPage('face', ({ documents, answers }) => ({
    photoDocuments: documents.filter(({ isPhoto }) => isPhoto),
    againstItems: documents.filter(({ isPhoto }) => isPhoto).map(({ id, kind }) => ({ value: id, text: kind.words })),
    methodItems: itemsOf(faceMethods, [...new Set(documents.flatMap(({ isPhoto, faceMethods: fit }) => (isPhoto ? fit : [])))]),
    likenessItems: itemsOf(likenessWords),
    waysSeen,
    mine: answers.face ?? {},
  }));
  const address = taskPage('address', ({ documents, answers }) => ({
    addressDocuments: documents.filter(({ isAddress }) => isAddress),
    addressItems: itemsOf(addressWords),
    waysSeen,
    mine: answers.address ?? {},
  }));
  const activity = taskPage('activity', ({ answers }) => ({
    shown: answers.activity?.shown ?? [],
    monthsShown: monthsShown(answers.activity?.shown ?? [], londonDay(new Date())),
    mostActivity,
    kindWords: activityKinds,
    kindItems: [{ value: '', text: 'Select' }, ...itemsOf(activityKinds)],
  }));
  for (const page of [face, address, activity]) mountPage(router, deps, page);
  mountForm(router, deps, { path: face.path, command: answerFace, page: face, next: onwards });
  mountForm(router, deps, { path: address.path, command: answerAddress, page: address, next: onwards });
  mountForm(router, deps, {
    path: activity.path,
    command: answerActivity,
    page: activity,
    read: readActivity,
    next: (answer, req) => (isFinish(req) ? onwards(answer) : `${atOf(answer.id)}/activity`),
  });
  fraudRoutes(router, deps);
}

const isFinish = (req: Request) => (req.body as Record<string, unknown>)['press'] === 'finish';

function duplicateRoutes(router: Router, deps: WebDeps): void {
  const all = taskPage('duplicates', ({ candidates }) => ({
    candidateNames: Object.fromEntries(candidates.map(({ key, name }) => [key, fullName(name)])),
    duplicateReasons,
    nextCandidate: candidates.find(({ answer }) => !answer)?.key,
  }));
  const one: Page<typeof showDuplicate> = {
    path: `${checkPath}/duplicates/:kind/:other`,
    query: showDuplicate,
    template: 'identity-check/duplicate.njk',
    redirect: onlyOpen,
    view: whenOpen((shown) => ({
      ...headView(shown, `${atOf(shown.id)}/duplicates`),
      here: `${atOf(shown.id)}/duplicates/${shown.record.key}`,
      duplicateReasons,
      mine: shown.kept?.standing === 'done' ? shown.kept.answer : {},
    })),
  };
  mountPage(router, deps, all);
  mountPage(router, deps, one);
  mountForm(router, deps, { path: one.path, command: answerDuplicate, page: one, next: onwards });
}

function fraudRoutes(router: Router, deps: WebDeps): void {
  const page: Page<typeof showFraud> = {
    path: `${checkPath}/fraud`,
    query: showFraud,
    template: 'identity-check/fraud.njk',
    redirect: onlyOpen,
    view: whenOpen((shown) => ({
      ...headView(shown),
      findingWords: fraudFindings,
      documentWords: Object.fromEntries(shown.documents.map(({ id, words }) => [id, words])),
    })),
  };
  mountPage(router, deps, page);
  mountForm(router, deps, { path: page.path, command: askFraudSources, page, next: ({ id }) => `${atOf(id)}/fraud` });
}
