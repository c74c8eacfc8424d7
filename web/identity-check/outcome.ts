/** What the check comes to, and the decision. */
import type { Router } from 'express';
import { decide, showOutcome } from '../../commands/identity-check.ts';
import { kindOf } from '../../domain/document-type.ts';
import { voidReasons } from '../../domain/evidence.ts';
import { faceMethods } from '../../domain/face.ts';
import { confidenceWords } from '../../domain/gpg45/profiles.ts';
import { defaultRows, type RowKey } from '../../domain/gpg45/scores.ts';
import { asks, refusalReasons } from '../../domain/identity-check/outcome.ts';
import { fullName } from '../../domain/personal-name.ts';
import type { WebDeps } from '../edge/deps.ts';
import { mountForm } from '../edge/form.ts';
import { mountPage, type Page } from '../edge/page.ts';
import { atOf, checkPath, headView, itemsOf, onlyOpen, whenOpen } from './check-page.ts';

type Shown = Extract<Awaited<ReturnType<typeof showOutcome.perform>>, { isOpen: true }>;

export function outcomeRoutes(router: Router, deps: WebDeps): void {
  const page: Page<typeof showOutcome> = {
    path: `${checkPath}/outcome`,
    query: showOutcome,
    template: 'identity-check/outcome.njk',
    redirect: onlyOpen,
    view: whenOpen((shown) => ({
      ...headView(shown),
      sameName: shown.sameAs && fullName(shown.sameAs.name),
      levelWords: confidenceWords,
      scoreRows: scoreRows(shown),
      askItems: itemsOf(asks),
      reasonItems: [{ value: '', text: 'Select' }, ...itemsOf(refusalReasons)],
    })),
  };
  mountPage(router, deps, page);
  mountForm(router, deps, {
    path: `${checkPath}/decision`,
    command: decide,
    page,
    read: ({ askText, refuseText, ...fields }) => ({
      ...fields,
      ...(fields['decision'] === 'ask-more' && askText !== undefined && { text: askText }),
      ...(fields['decision'] === 'refuse' && refuseText !== undefined && { text: refuseText }),
    }),
    next: ({ id }) => `${atOf(id)}/decided`,
  });
}

interface ScoreRow {
  part: string;
  scores: string;
  because: string;
}

/** In the table's words, except of what was seen in person and no more: whether the checker was trained, that row does not say. */
const reasonOf = (row: RowKey<'validity'>): string =>
  row === 'in-person'
    ? 'seen in person, looks genuine, in date; no security features checked by a trained checker'
    : defaultRows.validity[row].words;

/** Each document and each score, with what it came from. */
function scoreRows({ outcome: { gpg45 }, answers }: Shown): ScoreRow[] {
  const documents = gpg45.items.map(({ type, strength, validity, row, voids }) => ({
    part: kindOf(type).words,
    scores: `Strength ${strength}, validity ${validity}`,
    because: voids.length > 0 ? voids.map((reason) => voidReasons[reason].words).join('. ') : row ? upper(reasonOf(row)) : '',
  }));
  return [
    ...documents,
    { part: 'Verification', scores: String(gpg45.verification), because: answers.face ? faceMethods[answers.face.method] : 'No face was compared' },
    { part: 'Identity fraud', scores: String(gpg45.fraud), because: gpg45.fraud > 0 ? 'Sources were asked and know nothing against' : 'Not asked, or something is known' },
    { part: 'Activity history', scores: String(gpg45.activity), because: answers.activity ? `Dealings shown: ${answers.activity.shown.length}` : 'Not looked at yet' },
  ]; // prettier-ignore
}

const upper = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
