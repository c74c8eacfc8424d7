/** What a card signed, judged: signature, certificate, and every claim against the order it answers. Called in the transaction that goes by it. */
import { X509Certificate } from 'node:crypto';
import type { findAnswer } from '../db/smartcard/card-order.ts';
import type { CertificateRow } from '../db/smartcard/certificate.ts';
import { type KeyUse, type Statement, statementFault, type StatementFault, type StatementPurpose } from '../domain/agent-protocol.ts';
import { Refusal } from '../domain/refusal.ts';
import type { CardOrders } from './card-order.ts';
import { readStatement } from './certificate-authority.ts';

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
  DRIVER: 'This is a software card, which is for development. Use a real smartcard',
  TERMS: 'Another version of the terms was accepted. Start this step again',
};

/** @throws {Refusal} INVALID unless one of those certificates signed just what the order asked for, when its answer came */
export function checkStatement(
  { issuer, origins, environment }: Pick<CardOrders, 'issuer' | 'origins' | 'environment'>,
  jws: string | undefined,
  { answer, purpose, use, by }: Expected,
): Statement {
  const read = readStatement(jws ?? '');
  if (!read) throw new Refusal('INVALID', 'What the card signed cannot be read. Start this step again');
  const { said, certificate } = read;
  if (!by.some(({ kind, pem }) => kind === use && new X509Certificate(pem).raw.equals(certificate)))
    throw new Refusal('INVALID', 'This was signed by another card, or by a certificate that is not good. Use the card this is about');
  const { nonce, card, caseId, resultAt } = answer;
  const origin = origins.find((each) => each === said.origin) ?? origins[0] ?? '';
  const terms = answer.terms ? { terms: answer.terms } : {};
  const expected = { purpose, use, origin, issuer, nonce, environment, card, case: caseId, ...terms };
  const fault = statementFault(said, expected, resultAt);
  if (fault) throw new Refusal('INVALID', words[fault] ?? 'The card signed something else. Start this step again', { fault });
  return said;
}
