/** What the pages of the journey share: where each question is, and where somebody goes who may not be there. */
import type { Request } from 'express';
import { type OwnAnswer, showOwn } from '../../commands/application-reading.ts';
import { type Question, questions } from '../../domain/application-answers.ts';
import { takesEvidence } from '../../domain/application.ts';
import { standings } from '../../domain/application-words.ts';
import { noNumberReasons, spaced } from '../../domain/national-insurance-number.ts';
import type { Page } from '../edge/page.ts';

export const checkPath = '/apply/check';
export const statusPath = '/apply/status';
export const pathOf = (question: Question | null): string => (question ? `/apply/${question}` : checkPath);
export const next = ({ next: question }: { next: Question | null }): string => pathOf(question);

export type OwnPage = Page<typeof showOwn>;

type Own = NonNullable<OwnAnswer['own']>;
/** What else a template is given. */
type View = object | ((own: Own) => object);

/** A page about the caller's own application. @param may where those go who may not be there */
function ownPage(path: string, template: string, may: (own: Own) => string | undefined, view: View): OwnPage {
  return {
    path,
    query: showOwn,
    template: `apply/${template}.njk`,
    redirect: ({ own }) => (own ? may(own) : '/apply'),
    view: ({ own }) => (own ? { own, continueTo: continueTo(own), ...(typeof view === 'function' ? view(own) : view) } : {}),
  };
}

/** Only while it is a draft. @param view what else the template is given */
export function questionPage(question: Question, view: object = {}): OwnPage {
  const before = questions[questions.indexOf(question) - 1];
  return draftPage(pathOf(question), question, { back: before ? pathOf(before) : '/apply', ...view });
}

export const draftPage = (path: string, template: string, view: View): OwnPage => ownPage(path, template, onlyDraft, view);

/** In a draft, and while more can be added. */
export const evidencePage = (path: string, template: string, view: View): OwnPage =>
  ownPage(path, template, ({ state }) => (takesEvidence(state) ? undefined : statusPath), view);

/** Once it was sent in. */
export const sentPage = (path: string, template: string, view: View = {}): OwnPage =>
  ownPage(path, template, ({ state, open }) => (state === 'draft' ? pathOf(open[0] ?? null) : undefined), view);

export const checkPage: OwnPage = ownPage(
  checkPath,
  'check',
  (own) => onlyDraft(own) ?? (own.open[0] && pathOf(own.open[0])),
  (own) => {
    const { nationalInsuranceNumber: number, noNumberReason: reason } = own.answers;
    return { back: '/apply/email-code', number: number ? spaced(number) : reason && noNumberReasons[reason] };
  },
);

export const statusPage: OwnPage = sentPage(statusPath, 'status', ({ state, documents, asked }) => ({
  asked: state === 'more-needed' && asked ? asked.split('\n') : [],
  standing: standings[state],
  isOpen: takesEvidence(state),
  staged: documents.filter(({ isSent }) => !isSent),
}));

const onlyDraft = ({ state }: Own) => (state === 'draft' ? undefined : statusPath);

/** Where "Continue" leads: the next open question, the answers, or how it stands. */
const continueTo = ({ state, open }: Own): string => (state === 'draft' ? pathOf(open[0] ?? null) : statusPath);

/** An invitation may stand in the query string of /apply, as people write it down. */
export function linkIn(req: Request): string | undefined {
  const given = req.query['invitation'];
  return typeof given === 'string' && /^[\w-]{43}$/.test(given) ? `/apply/invitation/${given}` : undefined;
}
