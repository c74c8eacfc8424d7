/** What commands about one identity check share. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { caseIdOf, findApplication, type Found } from '../../db/application/application.ts';
import type { Cause } from '../../db/audit.ts';
import { once } from '../../db/idempotency.ts';
import { loadCheck, lockToAnswer, type LoadedCheck, recordAnswer } from '../../db/identity-check/identity-check.ts';
import type { AnswerKey, AnswerKind, Found as Finding } from '../../domain/identity-check/answers.ts';
import { aboutOf } from '../../domain/identity-check/check.ts';
import { nextTask, tasksOf } from '../../domain/identity-check/tasks.ts';
import { type Asking, causeOf, type Outcome } from '../command.ts';

export const params = z.object({ id: z.uuid() });
export const noInput = z.object({}).strict();

export interface FoundCheck extends Found {
  id: string;
}

/** @throws {Refusal} NOT_FOUND */
export const find = async (em: EntityManager, { id }: { id: string }): Promise<FoundCheck> => ({ ...(await findApplication(em, id)), id });

export type Checking<I = unknown> = Asking<I, FoundCheck>;

export const checkCause = (name: string, asking: Pick<Checking, 'key' | 'actor' | 'caller'> & { subject: { id: string } }): Cause =>
  causeOf(name, asking, caseIdOf(asking.subject.id));

/** Where the checker goes on: a path below the check's own. */
export interface Next {
  id: string;
  next: string;
}
export const nextOf = (id: string, check: LoadedCheck): Next => ({ id, next: nextTask(tasksOf(check))?.path ?? 'outcome' });

interface Answering<K extends AnswerKind> {
  name: string;
  kind: K;
  /** Of which: a document's id, a candidate's key. */
  of?: string;
  /** Made of the check as it is under its lock. @throws {Refusal} INVALID, NOT_FOUND */
  answer: (check: LoadedCheck) => Finding[K];
}

/** Saves the answer to one task, and says which comes next. */
export async function answering<K extends AnswerKind>(
  { em, ...asking }: Omit<Checking, 'input'>,
  { name, kind, of, answer }: Answering<K>,
): Promise<Outcome<Next>> {
  const { id } = asking.subject;
  const saved = await once(em, asking.key, async (tx) => {
    const cause = checkCause(name, asking);
    const row = await lockToAnswer(tx, id, asking.actor.id);
    const check = await loadCheck(tx, row, asking.actor.id);
    const given = answer(check);
    const task = (of === undefined ? kind : `${kind}/${of}`) as AnswerKey;
    const about = aboutOf(check, kind, of, given);
    await recordAnswer(tx, row, { task, answer: given, about }, cause);
    return nextOf(id, await loadCheck(tx, row, asking.actor.id));
  });
  return { is: 'saved', answer: saved };
}
