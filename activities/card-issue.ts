import type { EntityManager } from '@mikro-orm/postgresql';
import { actorIn } from '../db/actor.ts';
import { isRecorded, recordAudit } from '../db/audit.ts';
import {
  approversOf,
  type AskedIssue,
  type CardIssueChange,
  findCardIssue,
  getCardIssue,
  insertCardIssue,
  lockCardIssue,
  recordCardIssue,
} from '../db/smartcard/card-issue.ts';
import { recordMail } from '../db/mail/mail.ts';
import { findPerson, placesOf } from '../db/person/person.ts';
import { findSmartcard, heldSmartcard } from '../db/smartcard/smartcard.ts';
import { type CardIssue, cardIssueStep, cardIssueWaitsFor, refuseToIssue, wrongStage } from '../domain/card-issue.ts';
import { refuseUnless } from '../domain/permission.ts';
import { nothingHere, Refusal } from '../domain/refusal.ts';
import { isHeld } from '../domain/smartcard.ts';
import { cardIssueEffects } from './card-issue-effects.ts';
import { type By, causeOf } from './cause.ts';
import type { Deps } from './deps.ts';

export const cardIssueActivities = (deps: Pick<Deps, 'orm' | 'cardOrders' | 'cardSecretsKey'>) => ({
  /**
   * Saves a change, and what it does to cards and certificates, if the person may still make it. Safe to retry: a change already
   * saved is answered again and not judged again.
   *
   * @throws {Refusal} NOT_FOUND or NOT_PERMITTED by the role profiles of this moment; SAME_PERSON; WRONG_STATE; what its step refuses
   */
  async recordCardIssue(change: CardIssueChange, by: By): Promise<CardIssue> {
    const cause = causeOf(by);
    const { id } = change.issue;
    const isDone = (em: EntityManager) => isRecorded(em, cause, `card-issue.${change.action}`);
    return deps.orm.em.fork().transactional(async (em) => {
      if (await isDone(em)) return getCardIssue(em, id);
      await refuseUnlessStill(em, change, by);
      if (change.action === 'start') {
        await refuseSecondCard(em, change.issue);
        const isNew = await insertCardIssue(em, change.issue, cause);
        if (isNew) return recordCardIssue(em, change, cause, {});
      } else if ('to' in change) {
        const row = await lockCardIssue(em, change.issue);
        if (row) return recordCardIssue(em, change, cause, await cardIssueEffects[change.action]({ em, change, cause, row, deps }));
      }
      const issue = await getCardIssue(em, id); // moved on: by another attempt of this, or by somebody else
      if (await isDone(em)) return issue;
      throw wrongStage(issue);
    });
  },

  /** Tells who has it that it waits. Nobody is told once it is over. A retry finds its own record. */
  async tellOfCardIssue(id: string, by: By): Promise<void> {
    const cause = causeOf(by);
    await deps.orm.em.fork().transactional(async (em) => {
      const { organisation, assignee, stage } = await findCardIssue(em, id);
      if (!cardIssueWaitsFor(stage)) return;
      const about = { kind: 'card-issue', id };
      await recordMail(em, { to: { kind: 'person', id: assignee }, template: 'case-reminder', about, organisation }, cause);
      const detail = { stage, told: assignee };
      await recordAudit(em, cause, { what: 'card-issue.remind', subjectKind: 'card-issue', subjectId: id, organisation, detail });
    });
  },
});

async function refuseUnlessStill(em: EntityManager, change: CardIssueChange, { who }: By): Promise<void> {
  const { organisation, person } = change.issue;
  const { by } = change.action === 'start' ? { by: 'card-issue.start' as const } : cardIssueStep(change.action);
  if (by === 'system' && who === 'system') return; // the workflow itself, told by the printer
  const actor = await actorIn(em, who, organisation);
  if (by === 'system') {
    if (change.action !== 'end' && change.action !== 'hand-over') throw nothingHere();
    return refuseUnless(actor, 'open-case.act', { organisation });
  }
  refuseUnless(actor, by, { organisation });
  refuseToIssue({ holder: person, issuer: who, approvers: await approversOf(em, person) });
}

/** @throws {Refusal} NOT_FOUND if the person is not at that organisation; WRONG_STATE if they have an active card that this one does not replace */
async function refuseSecondCard(em: EntityManager, { person, organisation, replaces }: AskedIssue): Promise<void> {
  if (!(await placesOf(em, person)).includes(organisation)) throw nothingHere();
  const { state, photo } = await findPerson(em, person);
  if (state !== 'active') throw new Refusal('WRONG_STATE', `This person is ${state}, and cannot have a smartcard`, { state });
  if (!photo) throw new Refusal('WRONG_STATE', 'There is no checked photograph of this person, so no card can be printed');
  const held = await heldSmartcard(em, person);
  if (held && held.id !== replaces)
    throw new Refusal('WRONG_STATE', 'This person has an active smartcard. Replace it instead, or cancel it first', { smartcard: held.id });
  if (!replaces || held) return;
  const replaced = await findSmartcard(em, replaces);
  if (replaced.person !== person) throw nothingHere();
  if (!isHeld(replaced.state))
    throw new Refusal('WRONG_STATE', 'That smartcard has ended already. Issue a new one', { state: replaced.state });
}
