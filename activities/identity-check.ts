import type { EntityManager } from '@mikro-orm/postgresql';
import type { FraudQuestion, FraudSource } from '../adapters/fraud-source.ts';
import { actorIn } from '../db/actor.ts';
import {
  type ApplicationRow,
  asApplication,
  lockApplication,
  nameOf,
  openCaseKind,
  recordApplication,
} from '../db/application/application.ts';
import { recordLetterWithLink } from '../db/application/application-link.ts';
import { type Cause, isRecorded } from '../db/audit.ts';
import { lockVerifying, recordPersonOf } from '../db/person/care-id.ts';
import { fraudAskedOf, recordFraudAnswer, recordFraudAnswered } from '../db/identity-check/fraud-question.ts';
import { loadCheck, recordHandedOver, refuseToTake, refuseUnlessHolds } from '../db/identity-check/identity-check.ts';
import { findDecision, type IdentityDecisionRow, recordDecided, recordDocumentOutcomes } from '../db/identity-check/identity-decision.ts';
import { recordMail } from '../db/mail/mail.ts';
import { type Application, isOver, nextState } from '../domain/application.ts';
import { londonDay } from '../domain/days.ts';
import { aboutFraud, read } from '../domain/identity-check/check.ts';
import { askedWords, type Decision, type Outcome, outcomeOf, refuseUnlessLeft } from '../domain/identity-check/outcome.ts';
import { refuseUnlessDeclared } from '../domain/identity-check.ts';
import { refuseUnless } from '../domain/permission.ts';
import { type By, causeOf } from './cause.ts';
import type { Deps } from './deps.ts';

export interface IdentityDecision {
  id: string;
  action: Decision;
  /** Its row, which holds the words. */
  decision: string;
  due: string | null;
}

type Needed = Pick<Deps, 'orm' | 'sealingKey' | 'identityCheck' | 'fraudSources'>;

export const identityCheckActivities = ({ orm, sealingKey, identityCheck, fraudSources }: Needed) => ({
  /**
   * Commits what an ID checker decided, if they may still, have the check, and the rules leave that decision of what was found.
   * Safe to retry: the row is locked first, and what this cause recorded already is answered again and not judged again.
   *
   * @throws {Refusal} NOT_FOUND or NOT_PERMITTED by the role profiles of this moment; WRONG_STATE; SAME_PERSON
   */
  async recordIdentityDecision({ id, action, decision, due }: IdentityDecision, by: By): Promise<Application> {
    const cause = causeOf(by);
    return orm.em.fork().transactional(async (em) => {
      const row = await lockApplication(em, id);
      if (await isRecorded(em, cause, `application.${action}`)) return asApplication(row);
      nextState(asApplication(row), action);
      await refuseUnlessTheirs(em, row, by.who);
      if (action === 'verify') await lockVerifying(em);
      const drafted = await findDecision(em, decision);
      const check = await loadCheck(em, row, by.who);
      refuseUnlessDeclared(check.mine?.declaration ?? null);
      const outcome = outcomeOf(check, identityCheck, londonDay(cause.at));
      refuseUnlessLeft(action, drafted.reason ?? null, outcome);
      const more = await besides[action](em, row, { drafted, outcome }, cause);
      const saved = await recordApplication(em, row, { action, due, detail: detailOf(drafted, outcome) }, more, cause);
      await recordDocumentOutcomes(em, id, outcome.gpg45.items);
      await recordDecided(em, drafted, outcome, cause);
      await tell[action](em, row, cause, sealingKey);
      return saved;
    });
  },

  /**
   * Asks every fraud source that has not answered yet what it knows of the person and their documents. Asking changes nothing there, so a
   * retry is safe; each answer is saved by itself, so that one source that is away is asked again alone.
   *
   * @throws {FraudSourceUnreachable} naming the first source that did not answer
   */
  async askFraudSources(id: string, by: By): Promise<void> {
    const cause = causeOf(by);
    const asked = await questionOf(orm.em.fork(), id);
    if (!asked) return;
    const answered = new Set(asked.answered);
    let unreachable: FraudSourceUnreachable | undefined;
    for (const source of fraudSources.filter(({ name }) => !answered.has(name))) {
      try {
        const found = await source.ask(asked.question);
        await saveAnswer(orm.em.fork(), { id, about: asked.about, source, found, of: fraudSources }, cause);
      } catch (error) {
        unreachable ??= new FraudSourceUnreachable(source.name, error);
      }
    }
    if (unreachable) throw unreachable;
  },

  /** Gives a check to another checker, as a manager asked. Safe to retry: it is recorded once. */
  async handIdentityCheckTo(id: string, to: string, by: By): Promise<void> {
    const cause = causeOf(by);
    await orm.em.fork().transactional(async (em) => {
      const row = await lockApplication(em, id);
      if (await isRecorded(em, cause, 'application.hand-over')) return;
      const { organisation } = row;
      refuseUnless(await actorIn(em, by.who, organisation), 'open-case.act', { organisation });
      refuseUnless(await actorIn(em, to, organisation), 'identity-check.take', { organisation });
      await refuseToTake(em, row, to);
      await recordHandedOver(em, row, to, cause);
    });
  },
});

/** A fraud source could not be asked. Its message is of ours: the source's own may repeat what it was asked. */
export class FraudSourceUnreachable extends Error {
  override readonly name = 'FraudSourceUnreachable';
  /** Which: a manager reads it. */
  readonly thing: string;

  constructor(source: string, cause: unknown) {
    super(`Fraud source ${source} did not answer`, { cause });
    this.thing = source;
  }
}

/** By the roles of this moment, and by who has the check. */
async function refuseUnlessTheirs(em: EntityManager, row: ApplicationRow, who: string): Promise<void> {
  const { id, organisation } = row;
  refuseUnless(await actorIn(em, who, organisation), 'identity-check.work', { organisation, application: id });
  await refuseUnlessHolds(em, row, who);
  await refuseToTake(em, row, who);
}

interface Decided {
  drafted: IdentityDecisionRow;
  outcome: Outcome;
}
type Besides = (em: EntityManager, row: ApplicationRow, decided: Decided, cause: Cause) => Promise<Partial<ApplicationRow>>;

/** What changes besides the state. */
const besides: Readonly<Record<Decision, Besides>> = {
  async verify(em, row, { outcome }, cause) {
    const proved = { level: outcome.level, profile: outcome.gpg45.profile, checkedBy: cause.who };
    return { person: (await recordPersonOf(em, row, proved, cause)).id, asked: null };
  },
  'ask-more': async (_em, _row, { drafted }) => ({ asked: askedWords(drafted.asks, drafted.words ?? null) }),
  async refuse(_em, _row, { drafted, outcome }) {
    const [kind, id] = outcome.duplicateOf?.split('/') ?? [];
    return { reason: drafted.reason ?? null, asked: null, ...(kind === 'person' && id && { person: id }) };
  },
};

function detailOf({ id, reason, asks }: IdentityDecisionRow, { gpg45, nhs, level, duplicateOf }: Outcome): Record<string, string> {
  return {
    decision: id,
    profile: gpg45.profile ?? 'none',
    confidence: gpg45.level,
    level: String(level),
    nhsCheck: nhs.passed ? 'passed' : 'not passed',
    ...(reason && { reason }),
    ...(asks.length > 0 && { asks: asks.join(' ') }),
    ...(duplicateOf && { duplicateOf }),
  };
}

type Tell = (em: EntityManager, row: ApplicationRow, cause: Cause, key: Uint8Array) => Promise<void>;

/** What the applicant is written. Of a Care ID, whoever makes the person tells them. */
const tell: Readonly<Record<Decision, Tell>> = {
  verify: async () => {},
  'ask-more': (em, row, cause, key) => recordLetterWithLink(em, key, row, 'application-more-asked', cause),
  async refuse(em, { id, organisation }, cause) {
    const about = { kind: openCaseKind, id };
    await recordMail(em, { to: { kind: 'application', id }, template: 'application-refused', about, organisation }, cause);
  },
};

interface Question {
  about: string;
  question: FraudQuestion;
  /** Names of the sources that have answered. */
  answered: string[];
}

/** What the sources are to be asked now; null if nothing is left to ask, or the documents are others by now. */
async function questionOf(em: EntityManager, id: string): Promise<Question | null> {
  return em.transactional(async (tx) => {
    const row = await lockApplication(tx, id);
    const asked = await fraudAskedOf(tx, id);
    if (!asked || asked.answeredAt || isOver(row.state) || !row.dateOfBirth) return null;
    const check = await loadCheck(tx, row, asked.by);
    if (aboutFraud(check) !== asked.about) return null;
    const documents = read(check).map(({ id: document, type, number }) => ({ id: document, type, number }));
    const question = { name: nameOf(row), dateOfBirth: row.dateOfBirth, documents };
    return { about: asked.about, question, answered: asked.answers.map(({ source }) => source) };
  });
}

interface Said {
  id: string;
  about: string;
  source: FraudSource;
  found: Awaited<ReturnType<FraudSource['ask']>>;
  /** All that are asked. */
  of: readonly FraudSource[];
}

async function saveAnswer(em: EntityManager, { id, about, source: { name, kind }, found, of }: Said, cause: Cause): Promise<void> {
  await em.transactional(async (tx) => {
    const row = await lockApplication(tx, id);
    const asked = await fraudAskedOf(tx, id);
    if (asked?.about !== about || asked.answeredAt) return; // asked anew of other documents meanwhile
    const answer = { source: name, kind, askedOn: londonDay(new Date()), again: false, found };
    await recordFraudAnswer(tx, row, { about, answer }, cause);
    const all = new Set([...asked.answers.map(({ source }) => source), name]);
    if (of.every((each) => all.has(each.name))) await recordFraudAnswered(tx, row, about, cause);
  });
}
