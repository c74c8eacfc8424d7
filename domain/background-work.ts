/**
 * Work that belongs to no case: what is done again and again, and what is sent on when its turn comes. Facts are stored
 * (db/open-case/background-work.ts); here they become words, for the managers' board and the API.
 */
import { countInWords } from './count.ts';
import { instantInWords, londonDay, londonTime } from './days.ts';

export const workHealths = ['failing', 'late', 'new', 'on-time'] as const;
export type WorkHealth = (typeof workHealths)[number];

export const workHealthWords: Readonly<Record<WorkHealth, string>> = {
  failing: 'Failing',
  late: 'Late',
  new: 'Not run yet',
  'on-time': 'On time',
};

const names: Readonly<Record<string, string>> = {
  'renewal-sweep': 'Opening renewals of certificates that end soon',
  'open-case-sweep': 'Comparing open cases with what is running',
  retention: 'Deleting documents and applications whose time is up',
  'connection-warnings': 'Telling contacts of connected systems what ends soon',
  'certificate-count': 'Matching certificates to the cases they were made for',
  mail: 'Sending letters',
  'sign-in-endings': 'Telling systems that a sign-in is over',
};

export const workInWords = (id: string): string => names[id] ?? `${id.charAt(0).toUpperCase()}${id.slice(1).replaceAll('-', ' ')}`;

export interface WorkFailing {
  since: Date;
  /** A class, never a message; null where the class is not kept. */
  error: string | null;
  /** In vain so far. */
  attempts: number;
  nextTryAt: Date | null;
}

/** What is done again and again. */
export interface ScheduledFacts {
  readonly everySeconds: number;
  /** When it was first planned. */
  readonly knownAt: Date;
  /** When it last did what it should. */
  readonly goodAt: Date | null;
  readonly failing: WorkFailing | null;
}

/** A run may start late by so much: workers are restarted, and runs take their time. */
const graceSeconds = 300;

const lateAt = ({ everySeconds, goodAt, knownAt }: ScheduledFacts): Date =>
  new Date((goodAt ?? knownAt).getTime() + (everySeconds + Math.max(graceSeconds, everySeconds / 10)) * 1000);

export function scheduledHealth(facts: ScheduledFacts, now: Date): WorkHealth {
  if (facts.failing) return 'failing';
  if (lateAt(facts) < now) return 'late';
  return facts.goodAt ? 'on-time' : 'new';
}

/** How it stands, in one or two sentences. */
export function scheduledSentence(facts: ScheduledFacts, now: Date): string {
  const { goodAt, failing, everySeconds, knownAt } = facts;
  const last = goodAt ? `Last good run: ${shortly(goodAt, now)}` : 'No good run yet';
  const next = shortly(new Date((goodAt ?? knownAt).getTime() + everySeconds * 1000), now);
  const sentences: Readonly<Record<WorkHealth, () => string>> = {
    failing: () => (failing ? `${failingSentence(failing, now)}. ${last}` : last),
    late: () => `Due ${next}, and not run: see whether the workflow worker and Temporal are up. ${last}`,
    new: () => `First run by ${next}`,
    'on-time': () => `${last}; next by ${next}`,
  };
  return sentences[scheduledHealth(facts, now)]();
}

/** What is sent on one by one, by a lane of its own. Counts stop at mostCounted. */
export interface LaneFacts {
  readonly waiting: number;
  /** The longest waiting one whose time has come. */
  readonly oldestDueAt: Date | null;
  /** Of those that were tried in vain. */
  readonly failing: (WorkFailing & { readonly n: number }) | null;
}

export function laneHealth({ failing, oldestDueAt }: LaneFacts, now: Date): WorkHealth {
  if (failing) return 'failing';
  return oldestDueAt && now.getTime() - oldestDueAt.getTime() > graceSeconds * 1000 ? 'late' : 'on-time';
}

export function laneSentence(facts: LaneFacts, now: Date): string {
  const { waiting, oldestDueAt, failing } = facts;
  const health = laneHealth(facts, now);
  const wait = waiting === 0 ? 'Nothing waits' : `${countInWords(waiting)} ${waiting === 1 ? 'waits' : 'wait'}`;
  if (health === 'failing' && failing) return `${wait}. ${countInWords(failing.n)} tried in vain. ${failingSentence(failing, now)}`;
  if (health === 'late' && oldestDueAt) return `${wait}, the longest since ${shortly(oldestDueAt, now)}: see whether what sends them is up`;
  return wait;
}

function failingSentence({ since, error, attempts, nextTryAt }: WorkFailing, now: Date): string {
  const tried = attempts > 0 ? `; tried ${attempts} ${attempts === 1 ? 'time' : 'times'}` : '';
  const next = nextTryAt ? `; ${nextTryAt > now ? `next try ${shortly(nextTryAt, now)}` : 'being tried now'}` : '';
  return `Failing since ${shortly(since, now)}${error ? ` (${error})` : ''}${tried}${next}`;
}

/** 09:12 today, otherwise with its day. */
const shortly = (at: Date, now: Date): string => (londonDay(at) === londonDay(now) ? londonTime(at) : instantInWords(at));
