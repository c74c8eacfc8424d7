/** Decisions and reasons in the words of the pages. */
import { duplicateReason, refusalReasons } from '../../domain/identity-check/outcome.ts';

export const decisionWords = { verify: 'Verified', 'ask-more': 'You asked for more', refuse: 'Refused' } as const;
export const decisionTags = { verify: 'Verified', 'ask-more': 'More was asked for', refuse: 'Refused' } as const;
export const reasonWords: Readonly<Record<string, string>> = { ...refusalReasons, [duplicateReason]: 'The person has a record already' };
