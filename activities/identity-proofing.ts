import type { EntityManager } from '@mikro-orm/postgresql';
import { actorIn, peopleWith } from '../db/actor.ts';
import {
  answersOf,
  type ApplicationRow,
  asApplication,
  audit,
  type Change,
  lockApplication,
  openCaseKind,
  recordApplication,
} from '../db/application/application.ts';
import { recordLetterWithLink } from '../db/application/application-link.ts';
import { type Cause, isRecorded } from '../db/audit.ts';
import { recordEnding } from '../db/open-case/case-ending.ts';
import { asDraft, documentsOf, recordSent } from '../db/application/evidence.ts';
import { recordInvitationUsed } from '../db/application/invitation.ts';
import { recordMail } from '../db/mail/mail.ts';
import { recordQueueMail } from '../db/mail/queue-mail.ts';
import type { Actor } from '../domain/actor.ts';
import { refuseUnlessComplete } from '../domain/application-answers.ts';
import { type Action, type Application, nextState, steps, type Waiter, waitsFor } from '../domain/application.ts';
import type { MailTemplate } from '../domain/mail-template.ts';
import { refuseUnless } from '../domain/permission.ts';
import { nothingHere } from '../domain/refusal.ts';
import { type By, causeOf } from './cause.ts';
import type { Deps } from './deps.ts';

/** What the applicant's side and the organisation do. What an ID checker does is in activities/identity-check.ts. */
export type ApplicationAction = Exclude<Action, 'take' | 'release' | 'verify' | 'refuse' | 'ask-more' | 'end'>;
export interface ApplicationChange extends Change {
  id: string;
  action: ApplicationAction;
}

export const identityProofingActivities = ({ orm, sealingKey }: Pick<Deps, 'orm' | 'sealingKey'>) => ({
  /**
   * Saves a change if whoever asked may still make it, and tells the applicant. Safe to retry: the row is locked first, and what this cause
   * recorded already is answered again and not judged again.
   *
   * @throws {Refusal} NOT_FOUND or NOT_PERMITTED by the role profiles of this moment; WRONG_STATE; INVALID if something is missing
   */
  async recordApplication({ id, ...change }: ApplicationChange, by: By): Promise<Application> {
    const cause = causeOf(by);
    return orm.em.fork().transactional(async (em) => {
      const row = await lockApplication(em, id);
      if (await isRecorded(em, cause, `application.${change.action}`)) return asApplication(row);
      await refuseUnlessStill(em, row, change.action, by);
      const before = asApplication(row);
      nextState(before, change.action);
      const more = await besides[change.action](em, row, change, cause);
      const saved = await recordApplication(em, row, change, more, cause);
      await tell(em, row, change.action, cause, sealingKey);
      await tellNext(em, before, saved, cause);
      return saved;
    });
  },

  /** Tells whom it waits for. A retry queues no second letter; nobody is told once it is over. */
  async remindOfApplication(id: string, by: By): Promise<void> {
    const cause = causeOf(by);
    await orm.em.fork().transactional(async (em) => {
      const row = await lockApplication(em, id);
      const waiting = waitsFor(row.state);
      if (!waiting || (await isRecorded(em, cause, 'application.remind'))) return;
      const people = waiting === 'applicant' ? [] : await peopleWith(em, waiting, row.organisation);
      if (waiting === 'applicant') await recordLetterWithLink(em, sealingKey, row, 'application-more-asked', cause);
      const letter = { template: 'case-reminder' as const, about: { kind: openCaseKind, id }, organisation: row.organisation };
      for (const person of people) await recordMail(em, { ...letter, to: { kind: 'person', id: person } }, cause);
      await audit(em, 'remind', row, cause, { state: row.state, told: people.join(' ') });
    });
  },

  /** Ends it as a manager asked. Safe to retry: an ending is recorded once. */
  async endApplication(id: string, ending: string, by: By): Promise<Application> {
    const cause = causeOf(by);
    return orm.em.fork().transactional(async (em) => {
      const row = await lockApplication(em, id);
      if (await isRecorded(em, cause, 'application.end')) return asApplication(row);
      const { reason } = await recordEnding(em, ending, cause);
      const saved = await recordApplication(em, row, { action: 'end', due: null, detail: { ending } }, { reason }, cause);
      await tell(em, row, 'end', cause, sealingKey);
      return saved;
    });
  },
});

async function refuseUnlessStill(em: EntityManager, row: ApplicationRow, action: ApplicationAction, { who }: By): Promise<void> {
  const { permission } = steps[action];
  if (permission === 'system' && who === 'system') return; // the workflow's own clock
  if (permission === 'system') throw nothingHere();
  const { id, organisation } = row;
  const applicant: Actor = { kind: 'applicant', id: who, organisation, roles: [] };
  const actor = permission === 'application.change' ? applicant : await actorIn(em, who, organisation);
  refuseUnless(actor, permission, { organisation, application: id });
}

type Besides = (em: EntityManager, row: ApplicationRow, change: Change, cause: Cause) => Promise<Partial<ApplicationRow>>;

/** What changes besides the state. */
const besides: Readonly<Record<ApplicationAction, Besides>> = {
  async submit(em, row, _change, cause) {
    refuseUnlessComplete(answersOf(row), (await documentsOf(em, row.id)).map(asDraft));
    if (row.invitation) await recordInvitationUsed(em, row.invitation, cause);
    return { ...(await recordSent(em, row, cause)), submittedAt: cause.at };
  },
  async 'add-evidence'(em, row, _change, cause) {
    return { ...(await recordSent(em, row, cause)), asked: null };
  },
  answer: async () => ({ asked: null }),
  resume: async () => ({ asked: null }),
  expect: async (_em, _row, _change, { who, at }) => ({ expectedBy: who, expectedAt: at }),
  decline: async (_em, _row, { detail }) => ({ reason: detail?.['reason'] ?? null }),
  withdraw: async () => ({}),
  abandon: async () => ({}),
};

const letters: Readonly<Partial<Record<Action, MailTemplate>>> = {
  submit: 'application-received',
  decline: 'application-declined',
  withdraw: 'application-withdrawn',
  abandon: 'application-ended',
  end: 'application-ended',
};

/** Writes to the applicant. The letter that says that it came holds the link to come back by. */
async function tell(em: EntityManager, row: ApplicationRow, action: Action, cause: Cause, key: Uint8Array): Promise<void> {
  const template = letters[action];
  if (!template) return;
  if (action === 'submit') return recordLetterWithLink(em, key, row, template, cause);
  const { id, organisation } = row;
  await recordMail(em, { to: { kind: 'application', id }, template, about: { kind: openCaseKind, id }, organisation }, cause);
}

const queueLetters: Readonly<Partial<Record<Waiter, MailTemplate>>> = {
  sponsor: 'application-to-expect',
  'id-checker': 'application-to-check',
};

/** Writes to those of the organisation whom it has come to wait for. */
async function tellNext(em: EntityManager, before: Application, { id, organisation, state }: Application, cause: Cause): Promise<void> {
  const waiting = waitsFor(state);
  const template = waiting && queueLetters[waiting];
  if (!template || waiting === 'applicant' || waiting === waitsFor(before.state)) return;
  await recordQueueMail(em, waiting, { template, about: { kind: openCaseKind, id }, organisation }, cause);
}
