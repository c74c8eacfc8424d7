/**
 * Smartcards: what can happen to one, and who must not do it.
 * A person has one card that signs in; a chip's serial is used once, so a card that ended never begins again.
 */
import type { RevocationReason } from './certificate.ts';
import { Refusal } from './refusal.ts';

/** locked: its holder said that a sign-in with it was not them (db/sign-in/sign-in-report.ts). A card whose passcode was mistyped is locked in the chip, not here. */
export const smartcardStates = ['issuing', 'active', 'locked', 'cancelled', 'lost', 'stolen', 'replaced'] as const;
export type SmartcardState = (typeof smartcardStates)[number];

interface Step {
  readonly from: readonly SmartcardState[];
  readonly to: SmartcardState;
  /** Why its certificates are revoked with it (RFC 5280, 5.3.1); null when they stay good. */
  readonly revokes: RevocationReason | null;
}

/** The whole life of a card. What is not in this table cannot happen. */
export const smartcardSteps = {
  issue: { from: ['issuing'], to: 'active', revokes: null },
  /** A card of an issue that took another chip, or was ended. */
  discard: { from: ['issuing'], to: 'cancelled', revokes: 'cessationOfOperation' },
  unlock: { from: ['active', 'locked'], to: 'active', revokes: null },
  'report-lost': { from: ['active', 'locked'], to: 'lost', revokes: 'keyCompromise' },
  'report-stolen': { from: ['active', 'locked'], to: 'stolen', revokes: 'keyCompromise' },
  cancel: { from: ['active', 'locked'], to: 'cancelled', revokes: 'cessationOfOperation' },
  /** By the card that takes its place, in the moment it becomes active. */
  replace: { from: ['active', 'locked'], to: 'replaced', revokes: 'superseded' },
} as const satisfies Record<string, Step>;
export type SmartcardStep = keyof typeof smartcardSteps;

export const canSmartcard = (step: SmartcardStep, state: SmartcardState): boolean =>
  (smartcardSteps[step].from as readonly SmartcardState[]).includes(state);

/** Whether the card signs in, or would if it were unlocked: the one card a person may have. */
export const isHeld = (state: SmartcardState): boolean => state === 'active' || state === 'locked';

const stateWords: Record<SmartcardState, string> = {
  issuing: 'still being issued',
  active: 'active',
  locked: 'locked',
  cancelled: 'cancelled',
  lost: 'reported lost',
  stolen: 'reported stolen',
  replaced: 'replaced by another',
};

/** @throws {Refusal} WRONG_STATE with what the card is, and since when */
export function refuseStep(step: SmartcardStep, card: { state: SmartcardState; endedAt?: Date | null | undefined }): void {
  if (canSmartcard(step, card.state)) return;
  const details = { state: card.state, ...(card.endedAt && { at: card.endedAt.toISOString() }) };
  throw new Refusal('WRONG_STATE', `This smartcard is already ${stateWords[card.state]}`, details);
}

/** How long whoever changed a holder's e-mail or telephone number must leave that holder's card alone. */
export const contactRestsHours = 72;

/**
 * @param people.changedContact everybody who changed the holder's contact details in the last 72 hours
 * @throws {Refusal} SAME_PERSON: nobody unlocks their own card, nor the card of somebody whose contact details they just changed
 */
export function refuseToUnlock(people: { holder: string; unlocker: string; changedContact: readonly string[] }): void {
  const { holder, unlocker, changedContact } = people;
  if (unlocker === holder)
    throw new Refusal('SAME_PERSON', 'You cannot unlock your own smartcard. Somebody else unlocks it, with you there');
  if (changedContact.includes(unlocker)) {
    const message = `You changed this person’s contact details in the last ${contactRestsHours} hours. Somebody else must unlock the smartcard`;
    throw new Refusal('SAME_PERSON', message);
  }
}
