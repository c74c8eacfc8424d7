import type { EntityManager } from '@mikro-orm/postgresql';
import { checkStatement } from '../adapters/card-statement.ts';
import { actorIn } from '../db/actor.ts';
import { type Cause, isRecorded } from '../db/audit.ts';
import { findAnswer } from '../db/smartcard/card-order.ts';
import { recordEnding } from '../db/open-case/case-ending.ts';
import { pairOfCase } from '../db/smartcard/certificate.ts';
import { recordMail } from '../db/mail/mail.ts';
import { findPerson } from '../db/person/person.ts';
import {
  findRenewal,
  lockRenewal,
  recordNextReminder,
  recordReminded,
  recordRenewalCase,
  recordRenewalOpened,
  recordRenewalStep,
  renewableCertificates,
  type Renewable,
} from '../db/smartcard/renewal.ts';
import { keyUses } from '../domain/agent-protocol.ts';
import { isExpired, nextReminder, reminderDue, type RenewalTerms } from '../domain/certificate.ts';
import { refuseUnless } from '../domain/permission.ts';
import { Refusal } from '../domain/refusal.ts';
import { isRenewalOver, nextRenewalStage, refuseToRenew, type Renewal, renewalStep, type RenewalWorkAction } from '../domain/renewal.ts';
import { type By, causeOf } from './cause.ts';
import type { Deps } from './deps.ts';

export interface RenewalWork {
  id: string;
  action: RenewalWorkAction;
  nonce: string;
}
/** Whether it is over, and if not, when the holder is told next (ISO). */
export type Reminded = { over: true } | { over: false; next: string };

const dayMs = 86_400_000;
const clock: By = { who: 'system', via: 'workflow' };

export const renewalActivities = ({ orm, cardOrders }: Pick<Deps, 'orm' | 'cardOrders'>) => ({
  /** A page of certificates that need a renewal. Reads only. */
  async findRenewable(after: Renewable | null, { windowDays }: Pick<RenewalTerms, 'windowDays'>, limit: number): Promise<Renewable[]> {
    const endingBefore = new Date(Date.now() + windowDays * dayMs);
    return renewableCertificates(orm.em.fork(), { endingBefore, after, limit });
  },

  /** Opens the renewal of a certificate, once. @returns its id; null if the certificate is no longer in use */
  async openRenewal(certificate: string): Promise<string | null> {
    const cause = causeOf(clock);
    return orm.em.fork().transactional(async (em) => (await recordRenewalOpened(em, cause, certificate))?.id ?? null);
  },

  /**
   * Tells the holder, if a reminder is due that they were not told; and ends the renewal of a person who was closed.
   * A retry finds its own letter.
   */
  async remindOfRenewal(id: string, terms: RenewalTerms): Promise<Reminded> {
    const cause = causeOf(clock);
    return orm.em.fork().transactional(async (em) => {
      const renewal = await lockRenewal(em, id);
      if (isRenewalOver(renewal.stage)) return { over: true };
      if ((await findPerson(em, renewal.person)).state === 'closed') {
        await recordRenewalStep(em, cause, { renewal, action: 'end', reason: 'person.closed' });
        return { over: true };
      }
      return { over: false, next: await remind(em, cause, renewal, terms) };
    });
  },

  /** Tells the holder now, because a manager asked for it. */
  async remindOfRenewalNow(id: string, by: By): Promise<void> {
    const cause = causeOf(by);
    await orm.em.fork().transactional(async (em) => {
      const renewal = await lockRenewal(em, id);
      if (isRenewalOver(renewal.stage)) return;
      refuseUnless(await actorIn(em, by.who, renewal.organisation), 'open-case.act', renewal);
      await tell(em, cause, renewal);
    });
  },

  /**
   * Takes a renewal one step on, if the person may still do it. Safe to retry: a step already saved is answered again.
   *
   * @throws {Refusal} NOT_FOUND, NOT_PERMITTED, EXPIRED by who it is at this moment; WRONG_STATE; INVALID if the card signed something else
   */
  async recordRenewalWork({ id, action, nonce }: RenewalWork, by: By): Promise<Renewal> {
    const cause = causeOf(by);
    return orm.em.fork().transactional(async (em) => {
      const renewal = await lockRenewal(em, id);
      if (await isRecorded(em, cause, `renewal.${action}`)) return renewal;
      const { raContact } = await findRenewal(em, id);
      refuseToRenew(await actorIn(em, by.who, renewal.organisation), renewal, raContact, new Date());
      nextRenewalStage(renewal, action);
      await judgeAnswer(em, renewal, { action, nonce }, cardOrders);
      return recordRenewalStep(em, cause, { renewal, action, nonce });
    });
  },

  /** By managers, through table case_ending. */
  async endRenewal(id: string, ending: string, by: By): Promise<void> {
    const cause = causeOf(by);
    await orm.em.fork().transactional(async (em) => {
      const renewal = await lockRenewal(em, id);
      if (await isRecorded(em, cause, 'renewal.end')) return;
      const { reason } = await recordEnding(em, ending, cause);
      await recordRenewalStep(em, cause, { renewal, action: 'end', reason });
    });
  },
});

/** @returns when they are told next */
async function remind(em: EntityManager, cause: Cause, renewal: Renewal, terms: RenewalTerms): Promise<string> {
  const notAfter = new Date(renewal.notAfter);
  const due = reminderDue(notAfter, cause.at, terms);
  const next = nextReminder(notAfter, cause.at, terms);
  if (due && due.toISOString() > (renewal.remindedFor ?? '')) {
    await tell(em, cause, renewal);
    await recordReminded(em, cause, renewal, due);
  }
  await recordNextReminder(em, renewal.id, next);
  await recordRenewalCase(em, renewal, cause.at);
  return next.toISOString();
}

async function tell(em: EntityManager, cause: Cause, renewal: Renewal): Promise<void> {
  const { id, person, organisation, notAfter } = renewal;
  const template = isExpired(new Date(notAfter), cause.at) ? 'renewal-expired' : 'renewal-due';
  const about = { kind: 'renewal', id };
  await recordMail(em, { to: { kind: 'person', id: person }, template, about, organisation, data: { notAfter } }, cause);
}

async function judgeAnswer(
  em: EntityManager,
  { id, serial }: Renewal,
  { action, nonce }: Omit<RenewalWork, 'id'>,
  cardOrders: Deps['cardOrders'],
): Promise<void> {
  const needs = renewalStep(action).needs;
  if (!needs) throw new Error(`Nothing is asked of a card for ${action}`);
  const answer = await findAnswer(em, { nonce, caseId: id }, needs);
  if (answer.card !== serial) throw new Refusal('WRONG_STATE', 'This was done with another card. Use the card this is about');
  const pair = await pairOfCase(em, id);
  if (!pair) throw new Error(`Renewal ${id} has no new certificates`);
  if (action !== 'confirm') return;
  for (const use of keyUses) {
    checkStatement(cardOrders, answer.result.statements?.[use], { answer, purpose: 'confirm', use, by: [pair[use]] });
  }
}
