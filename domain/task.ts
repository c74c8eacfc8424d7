/** The tasks of the back office: what the start page and the menu offer, to whom their permission says. */
import type { Permission } from './permission.ts';

export interface Task {
  readonly permission: Permission;
  readonly href: string;
  readonly title: string;
  readonly words: string;
}

export const tasks: readonly Task[] = [
  {
    permission: 'identity-check.read',
    href: '/identity-checks',
    title: 'Identity checks',
    words: 'Check who applicants are, one task at a time',
  },
  {
    permission: 'application.expect',
    href: '/applications',
    title: 'Applications',
    words: 'Invite people to apply, and say whom you expect',
  },
  { permission: 'person.find', href: '/people', title: 'Find a person', words: 'Find somebody, see their positions and cards' },
  {
    permission: 'position-request.read',
    href: '/position-requests',
    title: 'Position requests',
    words: 'Ask for access, approve it, see how it stands',
  },
  {
    permission: 'card-issue.read',
    href: '/card-issues',
    title: 'Smartcards',
    words: 'Print and issue smartcards, and go on with one that was begun',
  },
  { permission: 'renewal.read', href: '/renewals', title: 'Renewals', words: 'Certificates that end soon, or have ended' },
  { permission: 'open-case.read', href: '/open-cases', title: 'Open cases', words: 'See what is stuck, and free it' },
];
