/** The tasks of an identity check: one table of their order, when each applies and what must be done before it. */
import { kindOf } from '../document-type.ts';
import { aboutFraud, addressDocuments, type Check, found, photographDocuments, type Standing, standingOf } from './check.ts';

export type TaskKind = 'duplicates' | 'document' | 'face' | 'address' | 'fraud' | 'activity';

/** `not-yet`: something before it is to be done first. `not-needed`: there is nothing to do it with. `asking`: a source has not answered yet. */
export type TaskStanding = Standing | 'not-yet' | 'not-needed' | 'asking';

export interface Task {
  readonly kind: TaskKind;
  /** Below the check's own path: `documents/<id>`. */
  readonly path: string;
  readonly title: string;
  readonly standing: TaskStanding;
  /** Why it is as it is, where that needs saying. */
  readonly words?: string;
}

interface Rule {
  readonly kind: TaskKind;
  readonly title: string;
  readonly path: string;
  /** Null if it applies; otherwise why not. */
  readonly idle: (check: Check) => string | null;
  readonly after: readonly TaskKind[];
  readonly standing: (check: Check) => Standing | 'asking';
}

const always = () => null;

/** In their order; `document` stands for one task a document. */
const rules: readonly Rule[] = [
  {
    kind: 'duplicates',
    title: 'Possible duplicates',
    path: 'duplicates',
    idle: ({ candidates }) => (candidates.length > 0 ? null : 'Nobody like this person was found'),
    after: [],
    standing: (check) => worstOf(check.candidates.map((candidate) => standingOf(check, 'duplicate', candidate))),
  },
  { kind: 'document', title: 'Document', path: 'documents', idle: always, after: ['duplicates'], standing: () => 'to-do' },
  {
    kind: 'face',
    title: 'Face and photographs',
    path: 'face',
    idle: (check) => (photographDocuments(check).length > 0 ? null : 'No document with a photograph was sent in'),
    after: ['document'],
    standing: (check) => standingOf(check, 'face'),
  },
  {
    kind: 'address',
    title: 'Address',
    path: 'address',
    idle: (check) => (addressDocuments(check).length > 0 ? null : 'No document that proves an address was sent in'),
    after: ['document'],
    standing: (check) => standingOf(check, 'address'),
  },
  { kind: 'fraud', title: 'Fraud sources', path: 'fraud', idle: always, after: ['document'], standing: fraudStanding },
  {
    kind: 'activity',
    title: 'Activity history',
    path: 'activity',
    idle: always,
    after: ['document'],
    standing: (check) => standingOf(check, 'activity'),
  },
];

/** Every task of a check, in the order they are worked in. */
export function tasksOf(check: Check): Task[] {
  const tasks: Task[] = [];
  const isStopped = check.candidates.some((candidate) => found(check, 'duplicate', candidate)?.is === 'same');
  for (const rule of rules) {
    const open = tasks.some(({ kind, standing }) => rule.after.includes(kind) && isOpen(standing));
    tasks.push(...(rule.kind === 'document' ? documentTasks(check, rule) : [taskOf(check, rule)]).map((task) => notYet(task, open)));
  }
  return isStopped ? tasks.map(stopped) : tasks;
}

/** Who has a record already needs nothing more. */
const stopped = (task: Task): Task =>
  task.kind === 'duplicates'
    ? { kind: task.kind, path: task.path, title: task.title, standing: 'done' }
    : { ...task, standing: 'not-needed', words: 'This person has a record already' };

const isOpen = (standing: TaskStanding) => standing !== 'done' && standing !== 'not-needed';
const notYet = (task: Task, before: boolean): Task =>
  before && task.standing === 'to-do' ? { ...task, standing: 'not-yet', words: 'Do the tasks above first' } : task;

/** Those still to be worked on, in their order. */
export const openTasks = (tasks: readonly Task[]): Task[] => tasks.filter(({ standing }) => isOpen(standing));

/** Where to go on: the first task that can be worked on now; null when only the outcome is left. */
export const nextTask = (tasks: readonly Task[]): Task | null =>
  openTasks(tasks).find(({ standing }) => standing !== 'not-yet' && standing !== 'asking') ??
  openTasks(tasks).find(({ standing }) => standing === 'asking') ??
  null;

function taskOf(check: Check, { kind, title, path, idle, standing }: Rule): Task {
  const why = idle(check);
  if (why !== null) return { kind, title, path, standing: 'not-needed', words: why };
  const stands = standing(check);
  const words = standingWords[stands];
  return { kind, title, path, standing: stands, ...(words && { words }) };
}

function documentTasks(check: Check, { kind, path }: Rule): Task[] {
  return check.documents.map(({ id, type }) => {
    const standing = standingOf(check, 'document', id);
    const words = standingWords[standing];
    return { kind, title: kindOf(type).words, path: `${path}/${id}`, standing, ...(words && { words }) };
  });
}

function fraudStanding(check: Check): Standing | 'asking' {
  if (!check.fraud) return 'to-do';
  if (check.fraud.about !== aboutFraud(check)) return 'changed';
  return check.fraud.answeredAt ? 'done' : 'asking';
}

const worst: readonly Standing[] = ['changed', 'to-do', 'of-another', 'done'];
const worstOf = (standings: readonly Standing[]): Standing => worst.find((each) => standings.includes(each)) ?? 'done';

export const standingWords: Readonly<Partial<Record<TaskStanding, string>>> = {
  changed: 'What this was found of has changed since: look again',
  'of-another': 'Somebody else who had this check found it: look yourself',
  asking: 'A source has not answered yet',
};
