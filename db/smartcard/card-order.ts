/**
 * What an agent program was asked to do with a card, and what came back: one row an order, its nonce taken once.
 * `prepare` is no order, but stands here like one: what it answers is a new card's secrets, encrypted to us.
 */
import { randomBytes } from 'node:crypto';
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { type AgentResult, agentTimes, type OrderPurpose, type PublicJwk } from '../../domain/agent-protocol.ts';
import { nothingHere, Refusal } from '../../domain/refusal.ts';
import { type Cause, recordAudit } from '../audit.ts';
import { recordMail } from '../mail/mail.ts';

export type AskedPurpose = OrderPurpose | 'prepare';

const schema = defineEntity({
  name: 'CardOrderRow',
  tableName: 'card_order',
  properties: {
    nonce: p.string().primary(),
    caseKind: p.string(),
    caseId: p.uuid(),
    organisation: p.string(),
    purpose: p.string().$type<AskedPurpose>(),
    /** Serial of the chip. */
    card: p.string(),
    /** Public key of the agent's session: what the order brings, only that agent can read. */
    session: p.json().$type<PublicJwk>(),
    /** Version of the terms the holder is asked to accept with it. */
    terms: p.string().nullable(),
    madeBy: p.uuid(),
    madeAt: p.datetime(),
    result: p.json().$type<AgentResult>().nullable(),
    resultAt: p.datetime().nullable(),
  },
});

export class CardOrderRow extends schema.class {}
schema.setClass(CardOrderRow);

/** An order is carried out within its minutes, and then a person may take as long to type. */
const answeredWithinMs = (agentTimes.orderSeconds + agentTimes.requestSeconds + agentTimes.clockSkewSeconds) * 1000;

export type NewOrder = Pick<CardOrderRow, 'caseKind' | 'caseId' | 'organisation' | 'purpose' | 'card' | 'session'> & { terms?: string };

/** @returns its nonce */
export async function recordCardOrder(em: EntityManager, cause: Cause, asked: NewOrder): Promise<string> {
  const nonce = randomBytes(24).toString('base64url');
  const { caseKind, caseId, organisation, purpose, card } = asked;
  await em.insert(CardOrderRow, { terms: null, ...asked, nonce, madeBy: cause.who, madeAt: cause.at, result: null, resultAt: null });
  await recordAudit(em, cause, {
    what: 'card-order.make',
    subjectKind: caseKind,
    subjectId: caseId,
    organisation,
    detail: { purpose, card, nonce },
  });
  return nonce;
}

const openings = {
  unlock: { what: 'smartcard.unlock-ordered', template: 'card-unlock-begun', subjectKind: 'smartcard' },
  renewal: { what: 'renewal.ordered-by-another', template: 'card-renewal-begun', subjectKind: 'renewal' },
} as const;

export interface CardOpening {
  kind: keyof typeof openings;
  /** The card's or the renewal's. */
  id: string;
  holder: string;
  organisation: string;
  purpose: AskedPurpose;
  nonce: string;
}

/**
 * Somebody else than the holder asked for what opens the card. It is audited and its holder told now, because what an order brings
 * cannot be taken back, whether or not an answer follows. Once an order: in the transaction that makes it.
 */
export async function recordCardOpening(em: EntityManager, cause: Cause, opening: CardOpening): Promise<void> {
  const { kind, id, holder, organisation, purpose, nonce } = opening;
  const { what, template, subjectKind } = openings[kind];
  const detail = { person: holder, purpose, nonce };
  await recordAudit(em, cause, { what, subjectKind, subjectId: id, organisation, detail });
  const letter = { to: { kind: 'person', id: holder }, template, about: { kind: subjectKind, id }, organisation } as const;
  await recordMail(em, { ...letter, data: { at: cause.at.toISOString() } }, cause);
}

export interface WhichOrder {
  nonce: string;
  caseId: string;
}

/** @throws {Refusal} NOT_FOUND unless it is an order of that case */
export async function findCardOrder(em: EntityManager, { nonce, caseId }: WhichOrder): Promise<CardOrderRow> {
  const row = await em.findOne(CardOrderRow, { nonce, caseId }, { refresh: true });
  if (!row) throw nothingHere();
  return row;
}

/** The order if that person asked for it, it may still be carried out, and it has no answer. */
export const waitingOrder = (em: EntityManager, which: WhichOrder, who: string): Promise<CardOrderRow | null> => {
  const madeAt = { $gt: new Date(Date.now() - agentTimes.orderSeconds * 1000) };
  return em.findOne(CardOrderRow, { ...which, madeBy: who, resultAt: null, madeAt }, { refresh: true });
};

export const isAnswered = async (em: EntityManager, caseId: string, purpose: AskedPurpose): Promise<boolean> =>
  (await em.count(CardOrderRow, { caseId, purpose, resultAt: { $ne: null } })) > 0;

/**
 * Keeps what the agent answered. The first answer stays.
 *
 * @throws {Refusal} NOT_FOUND if somebody else asked; EXPIRED after its time; WRONG_STATE if another answer is there
 */
export async function recordCardResult(em: EntityManager, which: WhichOrder, who: string, result: AgentResult): Promise<CardOrderRow> {
  const now = new Date();
  const made = { $gt: new Date(now.getTime() - answeredWithinMs) };
  const kept = await em.nativeUpdate(CardOrderRow, { ...which, madeBy: who, resultAt: null, madeAt: made }, { result, resultAt: now });
  const row = await findCardOrder(em, which);
  if (row.madeBy !== who) throw nothingHere();
  if (kept === 0 && !row.resultAt) throw new Refusal('EXPIRED', 'The card took too long. Start this step again');
  if (kept === 0 && !isSame(row.result, result))
    throw new Refusal('WRONG_STATE', 'The card has already answered this. Start this step again');
  return row;
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));

/** jsonb keeps no order of names. */
const sorted = (value: unknown): unknown =>
  value !== null && typeof value === 'object'
    ? Object.entries(value)
        .map(([name, inner]) => [name, sorted(inner)])
        .toSorted()
    : value;

/**
 * What a step of a case goes by: the answer to an order of the purpose it needs.
 *
 * @throws {Refusal} NOT_FOUND; WRONG_STATE if it is for something else, or not answered
 */
export async function findAnswer(em: EntityManager, which: WhichOrder, purpose: AskedPurpose): Promise<CardOrderRow & Answered> {
  const row = await findCardOrder(em, which);
  if (row.purpose !== purpose || !row.result || !row.resultAt)
    throw new Refusal('WRONG_STATE', 'The card has not done this step. Start it again');
  return row as CardOrderRow & Answered;
}
type Answered = { result: AgentResult; resultAt: Date };
