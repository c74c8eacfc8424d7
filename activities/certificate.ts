/** The certificate authority at work: it believes no caller, and reads the open case itself. */
import { X509Certificate } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { checkStatement } from '../adapters/card-statement.ts';
import { driverOf, issueCardCertificates, provedPublicKey } from '../adapters/certificate-authority.ts';
import { actorIn } from '../db/actor.ts';
import type { Cause } from '../db/audit.ts';
import { countCertificates } from '../db/smartcard/certificate-count.ts';
import { CardIssueRow, getCardIssue, lockCardIssue } from '../db/smartcard/card-issue.ts';
import { findAnswer } from '../db/smartcard/card-order.ts';
import {
  confirmedOf,
  type Pair,
  pairOfCase,
  recordCertificateIssued,
  recordCertificatesRevoked,
  refuseCertifiedKeys,
} from '../db/smartcard/certificate.ts';
import { findPerson } from '../db/person/person.ts';
import { findRenewal, lockRenewal } from '../db/smartcard/renewal.ts';
import { findSmartcard, type SmartcardRow } from '../db/smartcard/smartcard.ts';
import { type AgentResult, type KeyUse, keyUses, requestChallenge, takesCardsOf } from '../domain/agent-protocol.ts';
import { nextStage } from '../domain/card-issue.ts';
import { refuseUnless } from '../domain/permission.ts';
import { Refusal } from '../domain/refusal.ts';
import { nextRenewalStage, refuseToRenew } from '../domain/renewal.ts';
import { isHeld } from '../domain/smartcard.ts';
import { type By, causeOf } from './cause.ts';
import type { Deps } from './deps.ts';

/** Which order of which case holds the requests. */
export interface ToSign {
  kind: 'card-issue' | 'renewal';
  id: string;
  nonce: string;
}

type Keys = Record<KeyUse, Buffer>;

export const certificateActivities = ({ orm, cardOrders, authority }: Pick<Deps, 'orm' | 'cardOrders' | 'authority'>) => ({
  /**
   * Signs a pair of certificates for the keys an open case made, and keeps them before anybody gets them. Safe to retry, and safe
   * to ask again: for the same keys of a case it finds the pair it made.
   *
   * @throws {Refusal} INVALID without proof of possession for this case and order, or for a key that was certified before, or of a software card in production; WRONG_STATE
   * unless the case is open at that step
   */
  async signCertificates(toSign: ToSign, by: By): Promise<void> {
    const cause = causeOf(by);
    await orm.em.fork().transactional(async (em) => {
      const card = toSign.kind === 'card-issue' ? await openIssue(em, toSign, by) : await openRenewal(em, toSign, by, cardOrders);
      const { result, card: serial } = await findAnswer(
        em,
        { nonce: toSign.nonce, caseId: toSign.id },
        toSign.kind === 'card-issue' ? 'make-keys' : 'renew-keys',
      );
      if (serial !== card.serial) throw new Refusal('WRONG_STATE', 'These keys are those of another card');
      await signFor(em, cause, { card, caseId: toSign.id, keys: await provedKeys(result, toSign, cardOrders) }, authority);
    });
  },

  /** Matches every certificate to the case it was signed for, and says in the audit what it found. Once a day, however often it runs. */
  async countCertificates(): Promise<{ certificates: number; findings: number }> {
    const cause = causeOf({ who: 'system', via: 'workflow' });
    return orm.em.fork().transactional((em) => countCertificates(em, cause));
  },
});

async function openIssue(em: EntityManager, { id }: ToSign, { who }: By): Promise<SmartcardRow> {
  const row: CardIssueRow | null = await lockCardIssue(em, await getCardIssue(em, id));
  if (!row?.smartcard) throw new Refusal('WRONG_STATE', 'No card is bound to this case');
  const { organisation } = row;
  refuseUnless(await actorIn(em, who, organisation), 'card-issue.work', { organisation });
  nextStage(await getCardIssue(em, id), 'make-keys', who);
  const card = await findSmartcard(em, row.smartcard);
  if (card.state !== 'issuing' || card.person !== row.person) throw new Refusal('WRONG_STATE', 'The card of this case is not being issued');
  return card;
}

/** The holder's passcode opened the old key, and that key says which new ones it was for. */
async function openRenewal(em: EntityManager, { id, nonce }: ToSign, { who }: By, cardOrders: Deps['cardOrders']): Promise<SmartcardRow> {
  const renewal = await lockRenewal(em, id);
  const { raContact } = await findRenewal(em, id);
  refuseToRenew(await actorIn(em, who, renewal.organisation), renewal, raContact, new Date());
  nextRenewalStage(renewal, 'make-keys');
  const card = await findSmartcard(em, renewal.smartcard);
  if (!isHeld(card.state)) throw new Refusal('WRONG_STATE', 'This card has ended, and cannot be renewed', { state: card.state });
  const answer = await findAnswer(em, { nonce, caseId: id }, 'renew-keys');
  const own = await pairOfCase(em, id);
  const by = [...(await confirmedOf(em, card.id)), ...(own ? [own.authentication] : [])];
  const said = checkStatement(cardOrders, answer.result.statement, { answer, purpose: 'renew-keys', use: 'authentication', by });
  for (const use of keyUses) {
    if (said.requests?.[use] !== (await requestHash(answer.result, use)))
      throw new Refusal('INVALID', 'The card agreed to other keys. Start this step again');
  }
  return card;
}

async function requestHash({ requests }: AgentResult, use: KeyUse): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', Buffer.from(requests?.[use] ?? '', 'base64'));
  return Buffer.from(digest).toString('base64url');
}

async function provedKeys(
  { requests }: AgentResult,
  { id, nonce }: ToSign,
  { environment }: Pick<Deps['cardOrders'], 'environment'>,
): Promise<Keys> {
  if (!requests) throw new Refusal('INVALID', 'The card made no keys. Start this step again');
  const prove = (use: KeyUse) => {
    const request = Buffer.from(requests[use], 'base64');
    if (!takesCardsOf(driverOf(request), environment))
      throw new Refusal('INVALID', 'These keys are not those of a real smartcard: software cards are for development');
    return provedPublicKey(request, requestChallenge(id, nonce));
  };
  return { authentication: await prove('authentication'), signing: await prove('signing') };
}

async function signFor(
  em: EntityManager,
  cause: Cause,
  { card, caseId, keys }: { card: SmartcardRow; caseId: string; keys: Keys },
  { issuing, terms, isDev }: Deps['authority'],
): Promise<void> {
  const { id: smartcard, person, organisation } = card;
  const made = await pairOfCase(em, caseId);
  if (made && isFor(made, keys)) return;
  await refuseCertifiedKeys(em, Object.values(keys)); // two at once: the index stops the second, and its next attempt is refused here
  if (made) await recordCertificatesRevoked(em, cause, { smartcard, organisation, caseId }, 'superseded');
  const { careId } = await findPerson(em, person);
  const issued = await issueCardCertificates(issuing, terms, { careId, publicKeys: keys, at: cause.at });
  for (const kind of keyUses) {
    const { serial, certificate, notBefore, notAfter } = issued[kind];
    const pem = new X509Certificate(certificate).toString();
    await recordCertificateIssued(em, cause, { serial, smartcard, person, kind, pem, notBefore, notAfter, isDev, caseId }, organisation);
  }
}

const isFor = (pair: Pair, keys: Keys) =>
  keyUses.every((use) => new X509Certificate(pair[use].pem).publicKey.export({ type: 'spki', format: 'der' }).equals(keys[use]));
