import type { EntityManager } from '@mikro-orm/postgresql';
import { actorIn } from '../db/actor.ts';
import { type Cause, isRecorded } from '../db/audit.ts';
import { recordEnding } from '../db/open-case/case-ending.ts';
import { enrollingOf } from '../db/sign-in/enrolling.ts';
import {
  type AskedEnrolment,
  type EnrolmentStep,
  findEnrolment,
  getEnrolment,
  recordEnrolment,
  recordEnrolmentReminder,
  recordEnrolmentSent,
  recordEnrolmentStep,
} from '../db/sign-in/enrolment.ts';
import { recordTakenUp } from '../db/open-case/open-case.ts';
import { findPerson } from '../db/person/person.ts';
import { type Enrolment, type EnrolmentTerms, refuseToEnrol } from '../domain/enrolment.ts';
import { refuseUnless } from '../domain/permission.ts';
import { nothingHere, Refusal } from '../domain/refusal.ts';
import { type By, causeOf } from './cause.ts';
import type { Deps } from './deps.ts';

const permissionOf = { confirm: 'enrolment.confirm', withdraw: 'enrolment.withdraw' } as const;

export const enrolmentActivities = ({
  orm,
  sealingKey,
  authenticationService,
}: Pick<Deps, 'orm' | 'sealingKey' | 'authenticationService'>) => ({
  /**
   * Begins a registration if the witness still may. Safe to retry: one that is begun is answered again, and not judged again.
   *
   * @throws {Refusal} NOT_FOUND, NOT_PERMITTED, SAME_PERSON, WRONG_STATE
   */
  async recordEnrolmentStart(asked: AskedEnrolment, by: By, { withinMinutes }: EnrolmentTerms): Promise<Enrolment> {
    const cause = causeOf(by);
    const expiresAt = new Date(cause.at.getTime() + withinMinutes * 60_000);
    return orm.em.fork().transactional(async (em) => {
      if (!(await isRecorded(em, cause, 'enrolment.start'))) {
        refuseUnless(await actorIn(em, by.who, asked.organisation), 'enrolment.start', asked);
        refuseToEnrol(await enrollingOf(em, asked), cause.at);
      }
      return recordEnrolment(em, asked, { key: sealingKey, expiresAt }, cause);
    });
  },

  /**
   * Has the authentication service make the link, and queues the letter that holds it. Safe to retry: the same cause makes the same link,
   * and the letter is queued with the record that it was. The link itself is in no result of an activity.
   */
  async sendEnrolmentLink(id: string, by: By): Promise<void> {
    const cause = causeOf(by);
    const { person, state, expiresAt } = await getEnrolment(orm.em.fork(), id);
    const goodForMinutes = (Date.parse(expiresAt) - cause.at.getTime()) / 60_000;
    if (state !== 'asked' || goodForMinutes <= 0) return;
    const { at, who, caseId } = cause;
    // A cause of its own: that service keeps a record too.
    const asking = { id: `${cause.id}/link`, at, who, caseId };
    const url = await authenticationService.makeEnrolmentLink(asking, { person, enrolment: id, goodForMinutes });
    await orm.em.fork().transactional((em) => recordEnrolmentSent(em, cause, id, { url, key: sealingKey }));
  },

  /**
   * Confirms, withdraws, ends or lets run out. Safe to retry: what was done is answered again, a wrong number is counted once.
   *
   * @throws {Refusal} NOT_FOUND or NOT_PERMITTED by the role profiles of this moment; WRONG_STATE; EXPIRED
   */
  async recordEnrolmentStep(id: string, step: EnrolmentStep, by: By): Promise<{ enrolment: Enrolment; wrongLeft: number | null }> {
    const cause = causeOf(by);
    return orm.em.fork().transactional(async (em) => {
      await judge(em, id, step, cause);
      return recordEnrolmentStep(em, cause, id, step);
    });
  },

  /** @throws {Refusal} WRONG_STATE when it is over */
  async remindOfEnrolment(id: string, by: By): Promise<void> {
    const cause = causeOf(by);
    await orm.em.fork().transactional(async (em) => {
      if (!(await isRecorded(em, cause, 'enrolment.remind'))) await recordEnrolmentReminder(em, cause, id);
    });
  },

  async takeUpEnrolment(id: string): Promise<Enrolment> {
    return orm.em.fork().transactional(async (em) => {
      const enrolment = await getEnrolment(em, id);
      await recordTakenUp(em, { kind: 'enrolment', ...enrolment }, causeOf({ who: 'system', via: 'workflow' }));
      return enrolment;
    });
  },
});

async function judge(em: EntityManager, id: string, step: EnrolmentStep, cause: Cause): Promise<void> {
  if (await isRecorded(em, cause, `enrolment.${step.action}`)) return;
  if (step.action === 'end') return void (await recordEnding(em, step.ending, cause));
  if (step.action === 'expire') {
    if (cause.who !== 'system') throw nothingHere();
    return;
  }
  const enrolment = await findEnrolment(em, id);
  refuseUnless(await actorIn(em, cause.who, enrolment.organisation), permissionOf[step.action], enrolment);
  if (step.action !== 'confirm') return;
  if (cause.who !== enrolment.witness) throw new Refusal('NOT_PERMITTED', 'Only whoever witnesses this registration can confirm it');
  const { state } = await findPerson(em, enrolment.person);
  if (state !== 'active')
    throw new Refusal('WRONG_STATE', `This person is ${state} by now, so nothing can be registered for them`, { state });
}
