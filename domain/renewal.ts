/**
 * Renewing the certificates of a card, always with new keys. The old ones stay good until the new ones have spoken from the card.
 * The holder does it alone until the day they end; after that the Registration Authority does it with the holder there.
 */
import type { Actor } from './actor.ts';
import type { OrderPurpose } from './agent-protocol.ts';
import { isExpired } from './certificate.ts';
import { may, refuseUnless, type Subject } from './permission.ts';
import { Refusal } from './refusal.ts';

export const renewalStages = ['open', 'signed', 'written', 'done', 'ended'] as const;
export type RenewalStage = (typeof renewalStages)[number];

export interface Renewal {
  readonly id: string;
  readonly organisation: string;
  readonly person: string;
  readonly smartcard: string;
  readonly serial: string;
  /** Serial of the authentication certificate that ends. */
  readonly certificate: string;
  /** When it ends (ISO). */
  readonly notAfter: string;
  readonly stage: RenewalStage;
  readonly version: number;
  readonly changedBy: string;
  readonly changedAt: string;
  /** The moment the last reminder stood for (ISO); null before the first. */
  readonly remindedFor: string | null;
}

interface Step {
  readonly from: readonly RenewalStage[];
  readonly to: RenewalStage;
  /** What the card has to have done. */
  readonly needs?: OrderPurpose;
}

/** What is not in this table cannot happen. A half-done renewal begins again with new keys, on any workstation. */
export const renewalSteps = {
  'make-keys': { from: ['open', 'signed', 'written'], to: 'signed', needs: 'renew-keys' },
  write: { from: ['signed', 'written'], to: 'written', needs: 'write-certificates' },
  confirm: { from: ['written'], to: 'done', needs: 'confirm' },
  /** A sign-in with the new keys says the same as a confirmation, when the page that should have carried it was closed. */
  'confirm-by-sign-in': { from: ['signed', 'written'], to: 'done' },
  /** The person was closed, or the card ended. */
  end: { from: ['open', 'signed', 'written'], to: 'ended' },
} as const satisfies Record<string, Step>;
export type RenewalAction = keyof typeof renewalSteps;
export const renewalActions = Object.keys(renewalSteps) as RenewalAction[];
export const renewalStep = (action: RenewalAction): Step => renewalSteps[action];

/** What the card is asked for next. `finish` removes the old keys, when all is done. */
export const renewalOrderAt = (stage: RenewalStage): OrderPurpose | undefined =>
  (({ open: 'renew-keys', signed: 'write-certificates', written: 'confirm', done: 'finish', ended: undefined }) as const)[stage];

export type RenewalWorkAction = Extract<RenewalAction, 'make-keys' | 'write' | 'confirm'>;
/** The action that goes by an answer to such an order. */
export const renewalActionFor = (purpose: string): RenewalWorkAction | undefined =>
  (['make-keys', 'write', 'confirm'] as const).find((action) => renewalStep(action).needs === purpose);

export const isRenewalOver = (stage: RenewalStage): boolean => stage === 'done' || stage === 'ended';

/** Whom it waits for: the holder while the certificate is good, then the Registration Authority. */
export function renewalWaitsFor({ stage, notAfter }: Pick<Renewal, 'stage' | 'notAfter'>, now: Date): 'holder' | 'ra-agent' | null {
  if (isRenewalOver(stage)) return null;
  return isExpired(new Date(notAfter), now) ? 'ra-agent' : 'holder';
}

/** @throws {Refusal} WRONG_STATE with what it is, by whom and since when */
export function nextRenewalStage(renewal: Renewal, action: RenewalAction): RenewalStage {
  const { from, to } = renewalStep(action);
  if (!from.includes(renewal.stage)) throw wrongRenewal(renewal);
  return to;
}

const stageWords: Record<RenewalStage, string> = {
  open: 'waiting to be begun',
  signed: 'begun: the new certificates are ready to be written to the card',
  written: 'begun: the new certificates are on the card, and wait to be confirmed',
  done: 'done',
  ended: 'ended',
};
export const renewalInWords = (stage: RenewalStage): string => stageWords[stage];

export function wrongRenewal({ stage, changedBy, changedAt }: Renewal): Refusal {
  return new Refusal('WRONG_STATE', `This renewal is already ${stageWords[stage]}`, { state: stage, by: changedBy, at: changedAt });
}

/**
 * Judges who renews, and when: past the end nobody renews alone.
 *
 * @param raContact how to reach the Registration Authority, in words
 * @throws {Refusal} NOT_FOUND, NOT_PERMITTED; EXPIRED for the holder, naming whom to see
 */
export function refuseToRenew(actor: Actor, renewal: Renewal & Subject, raContact: string | null, now: Date): void {
  if (!isExpired(new Date(renewal.notAfter), now)) return refuseUnless(actor, 'renewal.work', renewal);
  if (actor.id === renewal.person) throw new Refusal('EXPIRED', seeRegistrationAuthority(raContact));
  refuseUnless(actor, 'renewal.work-expired', renewal);
}

export const seeRegistrationAuthority = (raContact: string | null): string =>
  `The certificates of your smartcard have ended, so you cannot renew it yourself. See your Registration Authority${raContact ? `: ${raContact}` : ''}`;

export function mayRenew(actor: Actor, renewal: Renewal & Subject, now: Date): boolean {
  if (isRenewalOver(renewal.stage)) return false;
  const expired = isExpired(new Date(renewal.notAfter), now);
  if (expired && actor.id === renewal.person) return false;
  return may(actor, expired ? 'renewal.work-expired' : 'renewal.work', renewal);
}
