/** Work that belongs to no case, as managers see it. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { laneWork, scheduledWork } from '../db/open-case/background-work.ts';
import {
  laneHealth,
  laneSentence,
  scheduledHealth,
  scheduledSentence,
  type WorkHealth,
  workHealths,
  workInWords,
} from '../domain/background-work.ts';
import { list } from './query.ts';

export interface ShownWork {
  id: string;
  words: string;
  health: WorkHealth;
  sentence: string;
  /** When it last did what it should; null before the first time, and of what is sent on one by one. */
  goodAt: Date | null;
  nextTryAt: Date | null;
}

/** Worst first. Two queries. */
export async function readBackgroundWork(em: EntityManager, now = new Date()): Promise<ShownWork[]> {
  const [scheduled, lanes] = await Promise.all([scheduledWork(em.fork()), laneWork(em.fork())]);
  const shown = [
    ...scheduled.map((facts) => ({
      id: facts.id,
      words: workInWords(facts.id),
      health: scheduledHealth(facts, now),
      sentence: scheduledSentence(facts, now),
      goodAt: facts.goodAt,
      nextTryAt: facts.failing?.nextTryAt ?? null,
    })),
    ...lanes.map((facts) => ({
      id: facts.id,
      words: workInWords(facts.id),
      health: laneHealth(facts, now),
      sentence: laneSentence(facts, now),
      goodAt: null,
      nextTryAt: facts.failing?.nextTryAt ?? null,
    })),
  ];
  return shown.toSorted((one, other) => workHealths.indexOf(one.health) - workHealths.indexOf(other.health));
}

export const backgroundWork = list({
  name: 'background-work.list',
  permission: 'background-work.read',
  params: z.object({}),
  input: z.object({}).strict(),
  run: async ({ em }) => ({ work: await readBackgroundWork(em) }),
});
