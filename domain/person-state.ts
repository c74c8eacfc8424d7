/** Whether somebody may come in at all: one table, asked by commands, by the transaction that commits, and by the page. */
import { Refusal } from './refusal.ts';

type State = 'active' | 'suspended' | 'closed';

export const personSteps = {
  suspend: { from: ['active'], to: 'suspended' },
  close: { from: ['active', 'suspended'], to: 'closed' },
  reopen: { from: ['suspended', 'closed'], to: 'active' },
} as const satisfies Record<string, { from: readonly State[]; to: State }>;
export type PersonAction = keyof typeof personSteps;
export const personActions = Object.keys(personSteps) as PersonAction[];

export const mayStep = (state: State, action: PersonAction): boolean => personSteps[action].from.some((each) => each === state);

/** @throws {Refusal} WRONG_STATE */
export function nextPersonState(state: State, action: PersonAction): State {
  if (mayStep(state, action)) return personSteps[action].to;
  throw new Refusal('WRONG_STATE', `This person is ${state} already, so that cannot be done`, { state });
}

/** Why, from a list and not in words: it is in the audit, which is kept for ever. */
export const personReasons = {
  suspend: {
    investigation: 'Something is being looked into',
    leave: 'They are away for long',
    security: 'Their access may be in wrong hands',
    other: 'Another reason',
  },
  close: {
    left: 'They have left',
    died: 'They have died',
    duplicate: 'They have another Care ID',
    security: 'Their access may be in wrong hands',
    other: 'Another reason',
  },
  reopen: {
    'came-back': 'They have come back',
    resolved: 'What was looked into is resolved',
    mistake: 'It was a mistake',
    other: 'Another reason',
  },
} as const;
export const reasonsOf = (action: PersonAction) => Object.keys(personReasons[action]) as [string, ...string[]];
