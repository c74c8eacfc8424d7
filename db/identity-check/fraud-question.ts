/** What fraud sources were asked of an application, and what each said: findings and ids of documents, no names. */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { type FraudAnswer, fraudFindingNames, type FraudFinding } from '../../domain/fraud.ts';
import type { FraudAsked } from '../../domain/identity-check/check.ts';
import { type ApplicationRow, audit } from '../application/application.ts';
import type { Cause } from '../audit.ts';

const schema = defineEntity({
  name: 'FraudQuestionRow',
  tableName: 'fraud_question',
  properties: {
    application: p.uuid().primary(),
    /** Of which documents, with which numbers. */
    about: p.string(),
    askedBy: p.uuid(),
    askedAt: p.datetime(),
    /** When the last source answered. */
    answeredAt: p.datetime().nullable(),
  },
});

export class FraudQuestionRow extends schema.class {}
schema.setClass(FraudQuestionRow);

const answerSchema = defineEntity({
  name: 'FraudAnswerRow',
  tableName: 'fraud_answer',
  properties: {
    application: p.uuid().primary(),
    source: p.string().primary(),
    kind: p.enum(['own', 'independent']),
    about: p.string(),
    askedOn: p.date(),
    found: p.json().$type<FraudAnswer['found']>(),
    answeredAt: p.datetime(),
  },
});

export class FraudAnswerRow extends answerSchema.class {}
answerSchema.setClass(FraudAnswerRow);

/** The last question with the answers to it. */
export async function fraudAskedOf(em: EntityManager, application: string): Promise<FraudAsked | null> {
  const question = await em.findOne(FraudQuestionRow, { application }, { refresh: true });
  if (!question) return null;
  const { about, askedBy: by, askedAt: at, answeredAt = null } = question;
  const rows = await em.find(FraudAnswerRow, { application, about }, { orderBy: { kind: -1, source: 1 }, refresh: true });
  return { about, by, at, answeredAt, answers: rows.map(asAnswer) };
}

const asAnswer = ({ source, kind, askedOn, found }: FraudAnswerRow): FraudAnswer => ({
  source,
  kind,
  askedOn,
  again: false,
  found: found.filter(({ what }) => fraudFindingNames.includes(what satisfies FraudFinding)),
});

/** That the sources are asked. What they said of other documents, or on another day, no longer counts. */
export async function recordFraudQuestion(em: EntityManager, { id }: ApplicationRow, about: string, cause: Cause): Promise<void> {
  await em.nativeDelete(FraudAnswerRow, { application: id });
  await em.upsert(FraudQuestionRow, { application: id, about, askedBy: cause.who, askedAt: cause.at, answeredAt: null });
}

/** What one source said. Answered again, the later answer takes its place. */
export async function recordFraudAnswer(
  em: EntityManager,
  row: ApplicationRow,
  { about, answer }: { about: string; answer: FraudAnswer },
  cause: Cause,
): Promise<void> {
  const { source, kind, askedOn, found } = answer;
  await em.upsert(FraudAnswerRow, { application: row.id, source, kind, about, askedOn, found, answeredAt: cause.at });
  const detail = { source, found: found.map(({ what }) => what).join(' ') };
  await audit(em, 'fraud-answer', row, { ...cause, id: `${cause.id}/${source}` }, detail);
}

export async function recordFraudAnswered(em: EntityManager, { id }: ApplicationRow, about: string, cause: Cause): Promise<void> {
  await em.nativeUpdate(FraudQuestionRow, { application: id, about }, { answeredAt: cause.at });
}
