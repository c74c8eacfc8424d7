/**
 * Issuing a card: from the printer to a card that its holder alone can use. The stages are a table;
 * the workflow asks it before it acts, the page which task to show, the API which actions to list.
 */
import type { Actor } from './actor.ts';
import type { OrderPurpose } from './agent-protocol.ts';
import { may, type Permission, type Subject } from './permission.ts';
import { Refusal } from './refusal.ts';

export const cardIssueStages = [
  'choosing',
  'printing',
  'asking-whether-printed',
  'printed',
  'prepared',
  'set-up',
  'signed',
  'written',
  'recognised',
  'done',
  'ended',
] as const;
export type CardIssueStage = (typeof cardIssueStages)[number];

export interface CardIssue {
  readonly id: string;
  readonly organisation: string;
  /** Whom the card is for. */
  readonly person: string;
  readonly asker: string;
  /** The card that ends when this one becomes active. */
  readonly replaces: string | null;
  /** Null until a chip was chosen; null again after it was put aside. */
  readonly smartcard: string | null;
  readonly serial: string | null;
  readonly printer: string | null;
  readonly printJob: string | null;
  readonly stage: CardIssueStage;
  readonly version: number;
  /** Who last changed it, and when (ISO): what somebody too late is told. */
  readonly changedBy: string;
  readonly changedAt: string;
  /** Who has it, and is reminded. Any RA agent of the organisation may go on with it. */
  readonly assignee: string;
  /** Who last said that the person in front of them is the one on the checked photograph. */
  readonly recognisedBy: string | null;
}

interface Step {
  readonly from: readonly CardIssueStage[];
  /** same: it stays where it is. */
  readonly to: CardIssueStage | 'same';
  readonly by: Permission | 'system';
  /** What the card has to have done: an order of this purpose, or secrets prepared. */
  readonly needs?: OrderPurpose | 'prepare';
}

/** Stages in which a chip is bound to the case. */
const withCard = ['prepared', 'set-up', 'signed', 'written', 'recognised'] as const;
const withoutCard = ['choosing', 'asking-whether-printed', 'printed'] as const;
const openStages = cardIssueStages.filter((stage) => stage !== 'done' && stage !== 'ended');

/** What is not in this table cannot happen. */
export const cardIssueSteps = {
  print: { from: ['choosing', 'printed'], to: 'printing', by: 'card-issue.work' },
  printed: { from: ['printing'], to: 'printed', by: 'system' },
  'print-failed': { from: ['printing'], to: 'choosing', by: 'system' },
  'print-unknown': { from: ['printing'], to: 'asking-whether-printed', by: 'system' },
  'say-printed': { from: ['asking-whether-printed'], to: 'printed', by: 'card-issue.work' },
  'say-not-printed': { from: ['asking-whether-printed'], to: 'choosing', by: 'card-issue.work' },
  /** PUK and management key are sealed here before the card is touched: that binds the chip to the case. */
  prepare: { from: ['printed'], to: 'prepared', by: 'card-issue.work', needs: 'prepare' },
  'set-up': { from: ['prepared'], to: 'set-up', by: 'card-issue.work', needs: 'set-up' },
  'make-keys': { from: ['set-up'], to: 'signed', by: 'card-issue.work', needs: 'make-keys' },
  write: { from: ['signed'], to: 'written', by: 'card-issue.work', needs: 'write-certificates' },
  /** Again, whenever another agent goes on: nobody answers for whom somebody else saw. */
  recognise: { from: ['written', 'recognised'], to: 'recognised', by: 'card-issue.work' },
  'set-passcode': { from: ['recognised'], to: 'done', by: 'card-issue.work', needs: 'set-passcode' },
  /** The chip does not do what it should: another is taken, and printed. */
  discard: { from: withCard, to: 'choosing', by: 'card-issue.work' },
  /** Begun by mistake. Once a card is held, ending it takes a manager, and a second one. */
  'give-up': { from: withoutCard, to: 'ended', by: 'card-issue.work' },
  'hand-over': { from: openStages, to: 'same', by: 'system' },
  /** By managers: who asked and who agreed, db/open-case/case-ending.ts judges. */
  end: { from: openStages, to: 'ended', by: 'system' },
} as const satisfies Record<string, Step>;
export type CardIssueAction = keyof typeof cardIssueSteps;
export const cardIssueActions = Object.keys(cardIssueSteps) as CardIssueAction[];

export const cardIssueStep = (action: CardIssueAction): Step => cardIssueSteps[action];

/** What the card is asked for next; undefined where a person or the printer is. */
export const orderAt = (stage: CardIssueStage): OrderPurpose | 'prepare' | undefined =>
  cardIssueActions.map(cardIssueStep).find(({ from, needs }) => needs && from.includes(stage))?.needs;

/** The action that goes by an answer to such an order. */
export const actionFor = (purpose: string): CardIssueAction | undefined =>
  cardIssueActions.find((action) => cardIssueStep(action).needs === purpose);

/** Who has to do something next; null when it is over. */
export function cardIssueWaitsFor(stage: CardIssueStage): 'ra-agent' | 'printer' | null {
  if (stage === 'done' || stage === 'ended') return null;
  return stage === 'printing' ? 'printer' : 'ra-agent';
}

export const holdsCard = (stage: CardIssueStage): boolean => (withCard as readonly CardIssueStage[]).includes(stage);

/**
 * The stage an action leads to. Says nothing of roles: those are read live when it is saved.
 *
 * @throws {Refusal} WRONG_STATE with what it is, by whom and since when; or if somebody else recognised the holder
 */
export function nextStage(issue: CardIssue, action: CardIssueAction, by: string): CardIssueStage {
  const { from, to } = cardIssueStep(action);
  if (!from.includes(issue.stage)) throw wrongStage(issue);
  if (action === 'set-passcode' && issue.recognisedBy !== by)
    throw new Refusal('WRONG_STATE', 'Confirm first that the person in front of you is the one on the photograph');
  return to === 'same' ? issue.stage : to;
}

const stageWords: Record<CardIssueStage, string> = {
  choosing: 'waiting for a printer to be chosen',
  printing: 'printing',
  'asking-whether-printed': 'waiting to hear whether the card was printed',
  printed: 'printed, waiting for the card to be put in a reader',
  prepared: 'ready to set the card up',
  'set-up': 'ready to make the keys',
  signed: 'ready to write the certificates',
  written: 'waiting for its holder to be recognised',
  recognised: 'waiting for its holder to choose a passcode',
  done: 'done: the card is active',
  ended: 'ended',
};
export const stageInWords = (stage: CardIssueStage): string => stageWords[stage];

export function wrongStage({ stage, changedBy, changedAt }: CardIssue): Refusal {
  return new Refusal('WRONG_STATE', `This card issue is already ${stageWords[stage]}`, { state: stage, by: changedBy, at: changedAt });
}

/** The people who must not issue a card to somebody. */
export interface IssuePeople {
  readonly holder: string;
  readonly issuer: string;
  /** Everybody who approved a position of the holder that still holds, or will. */
  readonly approvers: readonly string[];
}

/** @throws {Refusal} SAME_PERSON: nobody issues a card to themselves, nor to somebody whose position they approved */
export function refuseToIssue({ holder, issuer, approvers }: IssuePeople): void {
  if (issuer === holder) throw new Refusal('SAME_PERSON', 'You cannot issue a smartcard to yourself');
  if (approvers.includes(issuer))
    throw new Refusal('SAME_PERSON', 'You approved a position of this person. Somebody else must issue the smartcard');
}

/** The actions to offer. Asks the rules themselves, so a button and its refusal cannot disagree. */
export function allowedCardIssueActions(issue: CardIssue & Subject, actor: Actor, approvers: readonly string[]): CardIssueAction[] {
  return cardIssueActions.filter((action) => {
    const { by } = cardIssueStep(action);
    if (by === 'system' || !may(actor, by, issue)) return false;
    try {
      refuseToIssue({ holder: issue.person, issuer: actor.id, approvers });
      nextStage(issue, action, actor.id);
      return true;
    } catch (error) {
      if (error instanceof Refusal) return false;
      throw error;
    }
  });
}
