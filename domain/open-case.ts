/**
 * Open cases as a manager sees them: what kind, how well, whom it waits for, and what can be done about it.
 * Facts are stored (db/open-case/open-case.ts); here they become words. Pages, API and commands ask these tables.
 */
import type { Role } from './actor.ts';
import { instantInWords, londonDay, londonTime } from './days.ts';

export const caseKinds = ['identity-proofing', 'position-request', 'card-issue', 'renewal', 'enrolment'] as const;
export type CaseKind = (typeof caseKinds)[number];

interface Kind {
  readonly words: string;
  /** Where the case itself is worked on. */
  readonly path: (id: string) => string;
  /** What ending it does, for whoever is about to. */
  readonly end: string;
  /** Left out where nobody in particular has it. */
  readonly handOver?: string;
}

export const kinds: Readonly<Record<CaseKind, Kind>> = {
  'identity-proofing': {
    words: 'Application for a Care ID',
    path: (id) => `/applications/${id}`,
    end: 'The application ends without a Care ID. The applicant is told by e-mail, and their documents are deleted when their time is up. They can apply again.',
    handOver: 'The check of this identity goes to the person you choose, and whoever has it now loses it.',
  },
  'position-request': {
    words: 'Position request',
    path: (id) => `/position-requests/${id}`,
    end: 'The request ends without a position. Whoever asked for it is told by e-mail. It can be asked for again.',
    handOver: 'The sponsor you choose is asked by e-mail to decide. Other sponsors still can.',
  },
  'card-issue': {
    words: 'Smartcard',
    path: (id) => `/card-issues/${id}`,
    end: 'No card is issued. What waits to be printed is not printed. If a card was begun, it is cancelled, its certificates are revoked, and it must be destroyed.',
    handOver: 'The person you choose has this card to issue, and is told by e-mail. Other RA agents can still go on with it.',
  },
  renewal: {
    words: 'Renewal',
    path: (id) => `/renewals/${id}`,
    end: 'The certificates are not renewed, and reminders stop. The card no longer signs in when they end.',
  },
  enrolment: {
    words: 'Registration by a link',
    path: (id) => `/enrolments/${id}`,
    end: 'The link stops working. What was registered and not yet confirmed is removed, and both people are told by e-mail. It can be begun again.',
  },
};

/** Kinds of other subjects' making look like this until they are named here. */
export const isCaseKind = (kind: string): kind is CaseKind => caseKinds.some((known) => known === kind);

/** Whom a case can wait for: in words, and which roles could act. Without roles it waits for one person or thing. */
export const waiters: Readonly<Record<string, { readonly words: string; readonly roles: readonly Role[] }>> = {
  sponsor: { words: 'a sponsor', roles: ['sponsor'] },
  'id-checker': { words: 'an ID checker', roles: ['id-checker', 'ra-agent', 'ra-manager'] },
  'ra-agent': { words: 'an RA agent', roles: ['ra-agent', 'ra-manager'] },
  'ra-manager': { words: 'an RA manager', roles: ['ra-manager'] },
  asker: { words: 'whoever asked', roles: [] },
  applicant: { words: 'the applicant', roles: [] },
  holder: { words: 'the card holder', roles: [] },
  worker: { words: 'the person it is for', roles: [] },
  printer: { words: 'the printer', roles: [] },
};

/** Roles that may be given a case that waits for this. */
export const rolesFor = (waitsFor: string): readonly Role[] => waiters[waitsFor]?.roles ?? [];

export const healths = ['failing', 'nobody', 'late', 'on-time'] as const;
export type Health = (typeof healths)[number];

export const healthWords: Readonly<Record<Health, string>> = {
  failing: 'Failing',
  nobody: 'Nobody can act',
  late: 'Late',
  'on-time': 'On time',
};

/** What is stored of an open case. */
export interface CaseFacts {
  readonly kind: string;
  readonly stage: string;
  readonly waitsFor: string;
  readonly due: Date | null;
  readonly failingSince: Date | null;
  readonly failingWhat: string | null;
  readonly failingError: string | null;
  readonly attempts: number;
  readonly nextTryAt: Date | null;
  readonly nobodySince: Date | null;
  readonly lostSince: Date | null;
}

/** The worst that is true of a case. One that no workflow runs for is failing. */
export function healthOf({ failingSince, lostSince, nobodySince, due }: CaseFacts, now: Date): Health {
  if (failingSince || lostSince) return 'failing';
  if (nobodySince) return 'nobody';
  return due && due < now ? 'late' : 'on-time';
}

/** What health can be said of beside its facts. */
export interface Named {
  /** "The printer at Main reception", where the failing thing is known. */
  readonly thing?: string | undefined;
  readonly organisation: string;
  /** The person who alone could act. */
  readonly person?: string | undefined;
}

/** The health of a case in one or two sentences. */
export function healthSentence(facts: CaseFacts, named: Named, now: Date): string {
  const health = healthOf(facts, now);
  if (health === 'failing') return facts.failingSince ? failingSentence(facts, named, now) : lostSentence;
  if (health === 'nobody') return nobodySentence(facts, named);
  if (!facts.due) return 'It has no date by which it is due';
  return health === 'late' ? `It was due on ${instantInWords(facts.due)}` : `It is due on ${instantInWords(facts.due)}`;
}

const lostSentence = 'Nothing is running for this case, so it does not go on by itself. Try again now begins it again where it stood';

function nobodySentence({ waitsFor }: CaseFacts, { organisation, person }: Named): string {
  if (person && rolesFor(waitsFor).length === 0) return `${person} has no position left at ${organisation} that could answer`;
  const who = waiters[waitsFor]?.words.replace(/^an? /, '') ?? 'person';
  return `No ${who} is left at ${organisation}`;
}

type Say = (thing: string, since: string) => string;

/** By the class of an error. Where the class says nothing, what was being done does. */
const failures: Readonly<Record<string, Say>> = {
  PrinterUnreachable: (thing, since) => `${thing} has not answered since ${since}`,
  PrinterBusy: (thing, since) => `${thing} has been busy since ${since}`,
  PrinterStopped: (thing, since) => `${thing} has stopped and needs somebody: out of cards, jammed or open, since ${since}`,
  PrinterRefused: (thing, since) => `${thing} has refused the card since ${since}. Ask whoever looks after it`,
  PrinterNotUnderstood: (thing, since) => `What answers at the address of ${lowerFirst(thing)} is no printer we understand, since ${since}`,
  NameNotPrintable: () => 'The name has letters the card printer has no shape for. Give the person a name for the card',
  MailServerUnreachable: (_thing, since) => `The mail server has not answered since ${since}`,
  MailServerBusy: (_thing, since) => `The mail server has put our letters off since ${since}`,
  MailServerRefused: (_thing, since) => `The mail server has refused our letters since ${since}. Ask support`,
  MailAddressRefused: () => 'A letter could not be delivered: the address was refused. Check the e-mail address',
  NoAddress: () => 'A letter could not be sent: there is no e-mail address',
  AuthenticationUnreachable: (_thing, since) => `The authentication service has not answered since ${since}`,
  FraudSourceUnreachable: (_thing, since) => `The fraud source has not answered since ${since}`,
  WorkerEnded: (_thing, since) => `Work on this case stopped in the middle at ${since}, and is being tried again`,
};

/** What an error's class says by itself, of whatever thing, with no time. */
export function failureWords(error: string): string {
  return shortFailures[error] ?? 'A fault of the service, or the database is away';
}

const shortFailures: Readonly<Record<string, string>> = {
  PrintFailed: 'The printer could not go on',
  PrinterUnreachable: 'The printer did not answer',
  PrinterBusy: 'The printer was busy',
  PrinterStopped: 'The printer had stopped: out of cards, jammed or open',
  PrinterRefused: 'The printer refused the card',
  PrinterNotUnderstood: 'What answered is no printer we understand',
  NameNotPrintable: 'The name has letters the card printer has no shape for',
  MailServerUnreachable: 'The mail server did not answer',
  MailServerBusy: 'The mail server put it off',
  MailServerRefused: 'The mail server refused it',
  MailAddressRefused: 'The address was refused',
  NoAddress: 'There is no e-mail address',
  AuthenticationUnreachable: 'The authentication service did not answer',
  FraudSourceUnreachable: 'The fraud source did not answer',
  WorkerEnded: 'The work stopped in the middle',
};

/** What is being done, by an activity's name, or `mail`. */
export function doing(what: string): string {
  const known = steps[what];
  if (known) return known;
  if (/^(record|submit|verify|refuse)/.test(what)) return 'Saving what was decided';
  return /^(tell|remind)/.test(what) ? 'Telling those it waits for' : 'A step of this case';
}

const steps: Readonly<Record<string, string>> = {
  printCard: 'Printing the card',
  signCertificates: 'Making the certificates',
  askFraudSources: 'Asking the fraud sources',
  mail: 'Sending a letter',
  sendEnrolmentLink: 'Making the link',
};

function failingSentence({ failingWhat, failingError, failingSince, attempts, nextTryAt }: CaseFacts, { thing }: Named, now: Date): string {
  const since = shortly(failingSince ?? now, now);
  const say = failures[failingError ?? ''];
  const first = say ? say(thing ?? 'The printer', since) : `${doing(failingWhat ?? '')} has failed since ${since}`;
  const tried = attempts > 0 ? `; tried ${attempts} ${attempts === 1 ? 'time' : 'times'}` : '';
  if (!nextTryAt) return `${first}${tried}; it is not tried again by itself`;
  return `${first}${tried}; ${nextTryAt > now ? `next try ${shortly(nextTryAt, now)}` : 'being tried now'}`;
}

/** 09:12 today, otherwise with its day. */
const shortly = (at: Date, now: Date): string => (londonDay(at) === londonDay(now) ? londonTime(at) : instantInWords(at));

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

/** How old cases are counted: each up to so many days, the last without end. */
export const ageBounds = [1, 3, 7, 14, 30] as const;
export const ageWords = ['Under a day', '1 to 2 days', '3 to 6 days', '7 to 13 days', '14 to 29 days', '30 days or more'] as const;

export const endingReasons = {
  'no-longer-needed': 'It is no longer needed',
  'begun-by-mistake': 'It was begun by mistake',
  'person-left': 'The person has left or is not joining',
  stuck: 'It is stuck and cannot be freed',
  fraud: 'Fraud is suspected',
  other: 'Another reason',
} as const;
export type EndingReason = keyof typeof endingReasons;
