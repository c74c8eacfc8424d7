/** The tasks of the back office: what the start page and the menu offer, to whom their permission says; and what waits in each. */
import { countInWords } from './count.ts';
import { type CaseKind, type Health, healths } from './open-case.ts';
import type { Permission } from './permission.ts';

/** Open cases that somebody with a permission has to do something about. */
export interface Waiting {
  readonly name: string;
  readonly permission: Permission;
  /** Of open cases; or changes of connected systems, which are none. */
  readonly kind: CaseKind | 'connection-change';
  readonly waitsFor: readonly string[];
  /** Only those that wait for the reader in person. */
  readonly mine?: true;
  /** After a number: of one, and of any other. */
  readonly words: readonly [one: string, many: string];
}

export interface Task {
  readonly permission: Permission;
  readonly href: string;
  readonly title: string;
  readonly words: string;
  /** Left out where nothing waits: where one searches, say. */
  readonly waiting?: readonly Waiting[];
  /** Only where there are test people: not in production. */
  readonly onlyInSandbox?: true;
  /** Says how many cases are failing, late, or have nobody who can act. */
  readonly saysHealth?: true;
}

export const tasks: readonly Task[] = [
  {
    permission: 'identity-check.read',
    href: '/identity-checks',
    title: 'Identity checks',
    words: 'Check who applicants are, one task at a time',
    waiting: [
      {
        name: 'checks',
        permission: 'identity-check.take',
        kind: 'identity-proofing',
        waitsFor: ['id-checker'],
        words: ['waits to be checked', 'wait to be checked'],
      },
    ],
  },
  {
    permission: 'application.expect',
    href: '/applications',
    title: 'Applications',
    words: 'Invite people to apply, and say whom you expect',
    waiting: [
      {
        name: 'applications',
        permission: 'application.expect',
        kind: 'identity-proofing',
        waitsFor: ['sponsor'],
        words: ['waits for somebody who expects them', 'wait for somebody who expects them'],
      },
    ],
  },
  { permission: 'person.find', href: '/people', title: 'Find a person', words: 'Find somebody, see their positions and cards' },
  {
    permission: 'position-request.read',
    href: '/position-requests',
    title: 'Position requests',
    words: 'Ask for access, approve it, see how it stands',
    waiting: [
      {
        name: 'decisions',
        permission: 'position-request.decide',
        kind: 'position-request',
        waitsFor: ['sponsor'],
        words: ['waits for a sponsor', 'wait for a sponsor'],
      },
      {
        name: 'sent-back',
        permission: 'position-request.resubmit',
        kind: 'position-request',
        waitsFor: ['asker'],
        mine: true,
        words: ['was sent back to you', 'were sent back to you'],
      },
    ],
  },
  {
    permission: 'card-issue.read',
    href: '/card-issues',
    title: 'Smartcards',
    words: 'Print and issue smartcards, and go on with one that was begun',
    waiting: [
      {
        name: 'cards',
        permission: 'card-issue.work',
        kind: 'card-issue',
        waitsFor: ['ra-agent', 'printer'],
        mine: true,
        words: ['begun that you have', 'begun that you have'],
      },
    ],
  },
  {
    permission: 'enrolment.read',
    href: '/enrolments',
    title: 'Registrations',
    words: 'Security keys and devices that people register by your link',
    waiting: [
      {
        name: 'enrolments',
        permission: 'enrolment.confirm',
        kind: 'enrolment',
        waitsFor: ['asker'],
        mine: true,
        words: ['waits for you to type the number', 'wait for you to type the number'],
      },
    ],
  },
  {
    permission: 'renewal.read',
    href: '/renewals',
    title: 'Renewals',
    words: 'Certificates that end soon, or have ended',
    waiting: [
      {
        name: 'renewals',
        permission: 'renewal.work-expired',
        kind: 'renewal',
        waitsFor: ['ra-agent'],
        words: ['ended, to be renewed in person', 'ended, to be renewed in person'],
      },
    ],
  },
  {
    permission: 'connection.read',
    href: '/connections',
    title: 'Connected systems',
    words: 'Register the systems that sign people in through this service, and look after their keys',
    waiting: [
      {
        name: 'connection-changes',
        permission: 'connection.approve',
        kind: 'connection-change',
        waitsFor: [],
        words: ['change waits to be approved by you', 'changes wait to be approved by you'],
      },
    ],
  },
  {
    permission: 'sandbox.use',
    href: '/sandbox',
    title: 'Test people',
    words: 'Make people to try your systems with, sign in as them, and end what they can do',
    onlyInSandbox: true,
  },
  {
    permission: 'access-end.read',
    href: '/access-ends',
    title: 'Time to zero access',
    words: 'Whose access ended, and how fast every system was told',
  },
  { permission: 'open-case.read', href: '/open-cases', title: 'Open cases', words: 'See what is stuck, and free it', saysHealth: true },
];

export const tasksHere = (hasSandbox: boolean): readonly Task[] => tasks.filter(({ onlyInSandbox }) => hasSandbox || !onlyInSandbox);

/** "3 wait to be checked, 1 late". */
export function waitingInWords({ words: [one, many] }: Waiting, { n, late }: { n: number; late: number }): string {
  return `${numberInWords(n)} ${n === 1 ? one : many}${late > 0 ? `, ${numberInWords(late)} late` : ''}`;
}

const healthAfterNumber: Readonly<Record<Exclude<Health, 'on-time'>, string>> = {
  failing: 'failing',
  nobody: 'with nobody who can act',
  late: 'late',
};

/** "2 failing", "1 late": what is not on time, worst first. */
export const healthInWords = (counts: Readonly<Partial<Record<Health, number>>>): string[] =>
  healths.flatMap((health) => {
    const n = counts[health] ?? 0;
    return health === 'on-time' || n === 0 ? [] : [`${n.toLocaleString('en-GB')} ${healthAfterNumber[health]}`];
  });

const numberInWords = (n: number): string => countInWords(n).replace(/^m/, 'M');
