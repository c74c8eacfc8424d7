/** What the audit and Temporal say of a case, as people say it. */
import type { PendingActivity } from '../../commands/open-case-running.ts';
import type { Told } from '../../db/open-case-board.ts';
import { roleWords } from '../../domain/actor.ts';
import { doing, endingReasons, healths, healthWords, kinds, waiters } from '../../domain/open-case.ts';

const events: Readonly<Record<string, string>> = {
  'mail.sent': 'A letter was sent',
  'mail.failed': 'A letter could not be delivered',
  'print-job.queue': 'The card waits to be printed',
  'print-job.creating': 'The printer is asked to print',
  'print-job.sending': 'The card goes to the printer',
  'print-job.printing': 'The printer has the card',
  'print-job.printed': 'The card was printed',
  'print-job.failed': 'The printer did not print the card',
  'print-job.unknown': 'Nobody knows whether the card was printed',
  'open-case.begin-again': 'Nothing ran for the case: it was begun again where it stood',
  'open-case.retry': 'A manager had it tried again',
  'open-case.ask-end': 'A manager asked for the case to be ended',
  'open-case.agree-end': 'A second manager agreed to end it',
  'open-case.withdraw-end': 'The wish to end it was withdrawn',
  'open-case.end': 'The case was ended by a manager',
};

const sentenceOf = (what: string): string => {
  const [subject = '', verb = ''] = what.split('.').map((part) => part.replaceAll('-', ' '));
  return `${subject.charAt(0).toUpperCase()}${subject.slice(1)}: ${verb}`;
};

const id = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** One line of the story. An id is a person's name, or it is left out: nobody reads ids. */
export function told({ at, what, who, via, detail }: Told, names: Readonly<Record<string, string>>) {
  const said = Object.entries(detail)
    .map(([key, value]) => [key, inWords(key, String(value), names)] as const)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => ({ key: key.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase(), value }));
  return { at, what: events[what] ?? sentenceOf(what), who: names[who] ?? (who === 'system' ? 'The service' : 'The applicant'), via, said };
}

function inWords(key: string, value: string, names: Readonly<Record<string, string>>): string {
  if (key === 'reason' && value in endingReasons) return endingReasons[value as keyof typeof endingReasons];
  const words = value.split(' ').map((word) => (id.test(word) ? names[word] : word));
  return words.filter(Boolean).join(words.some((word, at) => word !== value.split(' ')[at]) ? ', ' : ' ');
}

/** Two steps may be said alike: whoever asks what runs is told the program's own name besides. */
export const activityWords = ({ type }: Pick<PendingActivity, 'type'>): string => doing(type);

export const waiterWords = (waitsFor: string): string => waiters[waitsFor]?.words ?? waitsFor.replaceAll('-', ' ');
export const kindWords = (kind: string): string => (kind in kinds ? kinds[kind as keyof typeof kinds].words : kind.replaceAll('-', ' '));
export const casePath = ({ kind, id: of }: { kind: string; id: string }): string =>
  kind in kinds ? kinds[kind as keyof typeof kinds].path(of) : '';

export const choices = {
  kinds: Object.entries(kinds).map(([value, { words }]) => ({ value, text: words })),
  healths: healths.map((value) => ({ value, text: healthWords[value] })),
  reasons: Object.entries(endingReasons).map(([value, text]) => ({ value, text })),
  roles: roleWords,
};
