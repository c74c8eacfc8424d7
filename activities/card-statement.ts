/** Judges what a card signed, in the transaction that goes by it: signature, certificate, and every claim against the order it answers. */
import { X509Certificate } from 'node:crypto';
import type { CardOrders } from '../adapters/card-order.ts';
import { readStatement } from '../adapters/card-statement.ts';
import type { findAnswer } from '../db/card-order.ts';
import type { CertificateRow } from '../db/certificate.ts';
import { type KeyUse, type Statement, statementFault, type StatementFault, type StatementPurpose } from '../domain/agent-protocol.ts';
import { Refusal } from '../domain/refusal.ts';

type Answer = Awaited<ReturnType<typeof findAnswer>>;

export interface Expected {
  answer: Answer;
  purpose: StatementPurpose;
  use: KeyUse;
  /** Those it may be signed by. */
  by: readonly CertificateRow[];
}

const words: Partial<Record<StatementFault, string>> = {
  TIME: 'What the card signed is too old, or the clock of this computer is wrong. Start this step again',
  ORIGIN: 'The card was asked from another site. Start this step again from here',
  TERMS: 'Another version of the terms was accepted. Start this step again',
};

/** @throws {Refusal} INVALID unless one of those certificates signed just what the order asked for, when its answer came */
export async function checkStatement(
  { issuer, origins }: Pick<CardOrders, 'issuer' | 'origins'>,
  jws: string | undefined,
  { answer, purpose, use, by }: Expected,
): Promise<Statement> {
  if (!jws) throw new Refusal('INVALID', 'The card signed nothing. Start this step again');
  const { said, raw } = await readStatement(jws);
  if (!by.some(({ kind, pem }) => kind === use && new X509Certificate(pem).raw.equals(raw)))
    throw new Refusal('INVALID', 'This was signed by another card, or by a certificate that is not good. Use the card this is about');
  const { nonce, card, caseId, resultAt } = answer;
  const origin = origins.find((each) => each === said.origin) ?? origins[0] ?? '';
  const terms = answer.terms ? { terms: answer.terms } : {};
  const expected = { purpose, use, origin, issuer, nonce, card, case: caseId, ...terms };
  const fault = statementFault(said, expected, resultAt);
  if (fault) throw new Refusal('INVALID', words[fault] ?? 'The card signed something else. Start this step again', { fault });
  return said;
}
