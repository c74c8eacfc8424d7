/** What happens to a card after it was issued: reported, cancelled, unlocked. Short changes, each in one transaction. */
import { z } from 'zod';
import { checkStatement } from '../adapters/card-statement.ts';
import { findAnswer, recordCardOpening } from '../db/smartcard/card-order.ts';
import { certificatesOf, confirmedOf } from '../db/smartcard/certificate.ts';
import { changedContactOf } from '../db/person/contact-change.ts';
import { once } from '../db/idempotency.ts';
import { recordMail } from '../db/mail/mail.ts';
import { findOrganisation } from '../db/organisation/organisation.ts';
import { findPerson, namesOf } from '../db/person/person.ts';
import { isRenewalOpen } from '../db/smartcard/renewal.ts';
import { recordSmartcardStep } from '../db/smartcard/smartcard-step.ts';
import { findSmartcard, SmartcardRow } from '../db/smartcard/smartcard.ts';
import type { Actor } from '../domain/actor.ts';
import { agentResult, jwk } from '../domain/agent-protocol.ts';
import { may, type Permission, type Subject } from '../domain/permission.ts';
import { Refusal } from '../domain/refusal.ts';
import { canSmartcard, contactRestsHours, isHeld, refuseStep, refuseToUnlock, type SmartcardStep } from '../domain/smartcard.ts';
import { keepResult, makeOrder, readOrder, waitingOrderOf } from './card-order.ts';
import { type Asking, causeOf, command } from './command.ts';
import { query } from './query.ts';

const params = z.object({ id: z.uuid() });
type Em = Parameters<typeof findSmartcard>[0];

/** A card, as a thing somebody may be asked about. */
export interface Card extends Subject {
  id: string;
  serial: string;
  person: string;
  state: SmartcardRow['state'];
  issuedAt: Date | null;
  endedAt: Date | null;
}

async function find(em: Em, { id }: { id: string }): Promise<Card> {
  const { serial, person, state, organisation, issuedAt, endedAt } = await findSmartcard(em, id);
  const subject = { ...(await findOrganisation(em, organisation)), person };
  return { ...subject, id, serial, state, issuedAt: issuedAt ?? null, endedAt: endedAt ?? null };
}

const offered: ReadonlyArray<{ action: SmartcardStep | 'replace'; permission: Permission }> = [
  { action: 'unlock', permission: 'smartcard.unlock' },
  { action: 'report-lost', permission: 'smartcard.report-lost' },
  { action: 'report-stolen', permission: 'smartcard.report-lost' },
  { action: 'replace', permission: 'card-issue.start' },
  { action: 'cancel', permission: 'smartcard.cancel' },
];

const actionsFor = (card: Card, actor: Actor) =>
  offered
    .filter(({ action, permission }) => canSmartcard(action, card.state) && may(actor, permission, card))
    .filter(({ action }) => (action !== 'unlock' && action !== 'replace') || actor.id !== card.person)
    .map(({ action }) => action);

/** One card: whose it is, its certificates, and what the caller may do with it. */
export const showSmartcard = query({
  name: 'smartcard.show',
  permission: 'smartcard.read',
  params,
  input: z.object({ order: z.string().max(200).optional() }),
  find,
  async run({ em, actor, subject, caller, input, ...deps }) {
    const { careId } = await findPerson(em, subject.person);
    const certificates = await certificatesOf(em, subject.id);
    return {
      ...subject,
      isOwn: caller.id === subject.person,
      isHeld: isHeld(subject.state),
      mayRenew: caller.id === subject.person && isHeld(subject.state) && (await isRenewalOpen(em, subject.person)),
      holder: { careId, name: (await namesOf(em, [subject.person]))[subject.person] ?? '' },
      certificates: certificates.map(({ serial, kind, notBefore, notAfter, state, reason }) => ({
        serial,
        kind,
        notBefore,
        notAfter,
        state,
        reason: reason ?? null,
      })),
      actions: actionsFor(subject, actor),
      order: await waitingOrderOf(em, deps, { nonce: input.order, caseId: subject.id, who: caller.id }),
    };
  },
});

/** Day or night, by anybody of the organisation or the holder: the card is over in that moment. */
export const reportSmartcard = command({
  name: 'smartcard.report',
  permission: 'smartcard.report-lost',
  params,
  input: z.object({ what: z.enum(['lost', 'stolen'], 'Select whether the smartcard is lost or stolen') }).strict(),
  find,
  run: ({ input: { what }, ...asking }) => endCard(asking, { step: `report-${what}`, template: 'card-reported-lost' }),
});

export const cancelReasons = ['damaged', 'handed-in', 'left', 'misused', 'not-needed'] as const;

export const cancelSmartcard = command({
  name: 'smartcard.cancel',
  permission: 'smartcard.cancel',
  params,
  input: z.object({ reason: z.enum(cancelReasons, 'Select why you cancel this smartcard') }).strict(),
  find,
  run({ input: { reason }, ...asking }) {
    refuseOwn(asking, 'You cannot cancel your own smartcard. Report it if it is lost, or ask a colleague');
    return endCard(asking, { step: 'cancel', template: 'card-cancelled', detail: { reason } });
  },
});

function refuseOwn({ actor, subject }: Pick<Asking<unknown, Card>, 'actor' | 'subject'>, words: string): void {
  if (actor.id === subject.person) throw new Refusal('SAME_PERSON', words);
}

async function endCard(
  asking: Omit<Asking<unknown, Card>, 'input'>,
  {
    step,
    template,
    detail = {},
  }: { step: SmartcardStep; template: 'card-reported-lost' | 'card-cancelled'; detail?: Record<string, string> },
) {
  const { em, subject, key } = asking;
  const cause = causeOf(`smartcard.${step}`, asking, null);
  const answer = await once(em, key, async (tx) => {
    await recordSmartcardStep(tx, cause, step, await findSmartcard(tx, subject.id), detail);
    const { id, organisation, person } = subject;
    await recordMail(tx, { to: { kind: 'person', id: person }, template, about: { kind: 'smartcard', id }, organisation }, cause);
    return { id, step };
  });
  return { is: 'saved' as const, answer };
}

const unlock = { permission: 'smartcard.unlock', params, find } as const;

/**
 * In person: the order brings the PUK to whichever agent program has the session key, where the holder types a new passcode.
 * The holder is told at once, so that an unlocking without them does not stay hidden.
 */
export const orderUnlock = command({
  ...unlock,
  name: 'smartcard.order-unlock',
  input: z
    .object({ session: jwk, present: z.literal('yes', 'Confirm that the holder is with you, and is the person on the smartcard') })
    .strict(),
  async run({ input: { session }, ...asking }) {
    const { em, subject, key } = asking;
    await refuseUnlock(em, asking);
    const { id, organisation, serial, person: holder } = subject;
    const order = { caseKind: 'unlock', caseId: id, organisation, purpose: 'unlock', card: serial, session } as const;
    const nonce = await once(em, key, async (tx) => {
      const made = await makeOrder(tx, asking, order);
      const opening = { kind: 'unlock', id, holder, organisation, purpose: order.purpose, nonce: made } as const;
      await recordCardOpening(tx, causeOf('smartcard.unlock-ordered', asking, null), opening);
      return made;
    });
    return { is: 'saved', answer: { id, nonce } };
  },
});

export const readUnlockOrder = query({
  name: 'smartcard.read-unlock-order',
  permission: 'smartcard.unlock',
  params: z.object({ id: z.uuid(), nonce: z.string().min(16).max(200) }),
  input: z.object({}),
  find: async (em, { id, nonce }) => ({ ...(await find(em, { id })), nonce }),
  run: ({ em, subject: { id, nonce }, actor, ...deps }) => readOrder(em, deps, { nonce, caseId: id, who: actor.id }),
});

/** The card says, with its own key, that it took a new passcode. */
export const answerUnlock = command({
  ...unlock,
  name: 'smartcard.answer-unlock',
  input: z.object({ nonce: z.string().min(16).max(200), result: agentResult }).strict(),
  async run({ input: { nonce, result }, ...asking }) {
    const { em, subject, key, cardOrders } = asking;
    await refuseUnlock(em, asking);
    await keepResult(asking, { nonce, caseId: subject.id, result });
    const cause = causeOf('smartcard.unlock', asking, null);
    const answer = await once(em, key, async (tx) => {
      const kept = await findAnswer(tx, { nonce, caseId: subject.id }, 'unlock');
      const by = await confirmedOf(tx, subject.id);
      checkStatement(cardOrders, kept.result.statement, { answer: kept, purpose: 'unlock', use: 'authentication', by });
      await recordSmartcardStep(tx, cause, 'unlock', await findSmartcard(tx, subject.id), { nonce });
      return { id: subject.id };
    });
    return { is: 'saved', answer };
  },
});

async function refuseUnlock(em: Em, { actor, subject }: Pick<Asking<unknown, Card>, 'actor' | 'subject'>): Promise<void> {
  refuseStep('unlock', subject);
  const since = new Date(Date.now() - contactRestsHours * 3_600_000);
  const changedContact = await changedContactOf(em, subject.person, since);
  refuseToUnlock({ holder: subject.person, unlocker: actor.id, changedContact });
}
