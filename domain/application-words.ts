/** How an application stands, in the words its applicant reads. They are told no reason, no duplicate and no checker. */
import type { State } from './application.ts';

export interface Standing {
  readonly heading: string;
  readonly words: string;
}

const over = 'You can apply again at any time.';

export const standings: Readonly<Record<State, Standing>> = {
  draft: { heading: 'Not sent yet', words: 'Finish your answers and send your application.' },
  submitted: {
    heading: 'Waiting for your organisation',
    words: 'Somebody there now says whether they expect you. After that your identity is checked. You do not need to do anything.',
  },
  expected: {
    heading: 'Waiting to be checked',
    words: 'Your organisation expects you. An identity checker will look at your documents next. You do not need to do anything.',
  },
  checking: { heading: 'Being checked', words: 'An identity checker is looking at your documents. You do not need to do anything.' },
  'more-needed': { heading: 'We need something more from you', words: 'Add what is asked for below, and send it.' },
  verified: {
    heading: 'Your identity is confirmed',
    words:
      'You have a Care ID. We have sent it to your e-mail address. Whoever you are joining can now ask for the access your work needs.',
  },
  refused: {
    heading: 'Your application was not accepted',
    words: `We could not make a Care ID from what you sent. To ask why, speak to whoever you are joining. ${over}`,
  },
  withdrawn: { heading: 'You withdrew your application', words: `Nothing more happens with it, and what you sent is deleted. ${over}` },
  abandoned: { heading: 'Your application was ended', words: `It was not decided, and what you sent is deleted. ${over}` },
};

/** On lists of staff, in a word or two. */
export const stateNames: Readonly<Record<State, string>> = {
  draft: 'Draft',
  submitted: 'Not expected yet',
  expected: 'To check',
  checking: 'Being checked',
  'more-needed': 'Waits for the applicant',
  verified: 'Verified',
  refused: 'Refused',
  withdrawn: 'Withdrawn',
  abandoned: 'Ended',
};
