/**
 * Orders to the agent program on a workstation, for every case that works on a card: made by a command, read by a query
 * (which signs it for the agent that asked), answered by a command of the case.
 */
import { X509Certificate } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import {
  type AskedPurpose,
  type CardOrderRow,
  findCardOrder,
  recordCardOrder,
  recordCardResult,
  waitingOrder,
} from '../db/smartcard/card-order.ts';
import { pairOfCase } from '../db/smartcard/certificate.ts';
import { type ChipSecrets, secretsOfCard, SmartcardRow } from '../db/smartcard/smartcard.ts';
import { currentTerms } from '../db/sign-in/terms.ts';
import { type AgentResult, agentTimes, type Secrets, secretsOf } from '../domain/agent-protocol.ts';
import { nothingHere, Refusal } from '../domain/refusal.ts';
import { type Asking, causeOf } from './command.ts';
import type { Deps } from './deps.ts';

export interface OrderFor {
  caseKind: 'card-issue' | 'renewal' | 'unlock';
  caseId: string;
  organisation: string;
  purpose: AskedPurpose;
  card: string;
  session: CardOrderRow['session'];
}

/** Makes an order in the caller's transaction. @returns its nonce, by which it is read and answered */
export async function makeOrder(
  em: EntityManager,
  asking: Pick<Asking<unknown, unknown>, 'key' | 'actor' | 'caller'>,
  order: OrderFor,
): Promise<string> {
  const cause = causeOf('card-order.make', asking, `${order.caseKind}/${order.caseId}`);
  const terms = order.purpose === 'set-passcode' ? { terms: String((await currentTerms(em)).version) } : {};
  return recordCardOrder(em, cause, { ...order, ...terms });
}

export interface ReadyOrder {
  nonce: string;
  purpose: AskedPurpose;
  card: string;
  /** Of the agent it is for: another agent cannot open it. */
  session: string;
  /** A JWS for the agent; null for `prepare`, which is asked for without one. */
  order: string | null;
  expiresAt: Date;
}

/**
 * The order, signed and encrypted for its agent.
 *
 * @throws {Refusal} NOT_FOUND unless the caller asked for it; EXPIRED
 */
export async function readOrder(
  em: EntityManager,
  { cardOrders, cardSecretsKey }: Pick<Deps, 'cardOrders' | 'cardSecretsKey'>,
  { nonce, caseId, who }: { nonce: string; caseId: string; who: string },
): Promise<ReadyOrder> {
  const row = await findCardOrder(em, { nonce, caseId });
  if (row.madeBy !== who) throw nothingHere();
  const expiresAt = new Date(row.madeAt.getTime() + agentTimes.orderSeconds * 1000);
  if (expiresAt < new Date()) throw new Refusal('EXPIRED', 'This step took too long. Start it again');
  const { purpose, card } = row;
  const shown = { nonce, purpose, card, session: row.session.kid, expiresAt };
  if (purpose === 'prepare') return { ...shown, order: null };
  const pair = purpose === 'write-certificates' ? await pairOfCase(em, caseId) : undefined;
  const raw = pair && { authentication: rawOf(pair.authentication.pem), signing: rawOf(pair.signing.pem) };
  const order = await cardOrders.sign({
    purpose,
    case: caseId,
    card,
    nonce,
    madeAt: row.madeAt,
    session: row.session,
    secrets: secretsOf[purpose].length > 0 ? await secretsFor(em, cardSecretsKey, card) : {},
    ...(raw && { certificates: raw }),
    ...(row.terms && { terms: row.terms }),
  });
  return { ...shown, order };
}

/** The order a page goes on with; null when it has been answered, took too long, or is nobody's. */
export async function waitingOrderOf(
  em: EntityManager,
  deps: Pick<Deps, 'cardOrders' | 'cardSecretsKey'>,
  { nonce, caseId, who }: { nonce: string | undefined; caseId: string; who: string },
): Promise<ReadyOrder | null> {
  const waiting = nonce ? await waitingOrder(em, { nonce, caseId }, who) : null;
  return waiting && readOrder(em, deps, { nonce: waiting.nonce, caseId, who });
}

const rawOf = (pem: string) => new X509Certificate(pem).raw;

async function secretsFor(em: EntityManager, key: Uint8Array, serialOfCard: string): Promise<Secrets & ChipSecrets> {
  const row = await em.findOne(SmartcardRow, { serial: serialOfCard }, { refresh: true });
  if (!row) throw nothingHere();
  return secretsOfCard(key, row);
}

/** Keeps an agent's answer, in a transaction of its own: the step that goes by it may take longer. */
export const keepResult = (
  { em, actor }: Pick<Asking<unknown, unknown>, 'em' | 'actor'>,
  { result, ...which }: { nonce: string; caseId: string; result: AgentResult },
): Promise<CardOrderRow> => em.transactional((tx) => recordCardResult(tx, which, actor.id, result));
