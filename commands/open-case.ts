/** What a manager reads of open cases: the board of their organisations, and one case with its whole story. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { endingAskedFor, type CaseEndingRow } from '../db/open-case/case-ending.ts';
import {
  type BoardCase,
  type BoardCursor,
  countOpenCases,
  getBoardCase,
  organisationOfCase,
  pageOfOpenCases,
  storyOf,
  type Told,
} from '../db/open-case/open-case-board.ts';
import { sweptAt } from '../db/open-case/open-case-sweep.ts';
import { findOrganisation } from '../db/organisation/organisation.ts';
import { namesOf } from '../db/person/person.ts';
import { caseKinds, type Health, healthOf, healths, healthSentence } from '../domain/open-case.ts';
import { may } from '../domain/permission.ts';
import { nothingHere } from '../domain/refusal.ts';
import { readBackgroundWork } from './background-work.ts';
import { describeCase } from './open-case-running.ts';
import { list, query } from './query.ts';

export const caseParams = z.object({ kind: z.enum(caseKinds), id: z.uuid() });
type CaseParams = z.output<typeof caseParams>;

/** A case as it is shown: its facts, its health, and that in words. */
export interface ShownCase extends BoardCase {
  health: Health;
  sentence: string;
}

export function shown(row: BoardCase, now = new Date()): ShownCase {
  const named = { thing: row.thingName ?? undefined, organisation: row.organisationName, person: row.waitsForPersonName ?? undefined };
  return { ...row, health: healthOf(row, now), sentence: healthSentence(row, named, now) };
}

const pageSize = 25;

const cursor = z
  .string()
  .max(200)
  .transform((text, context): BoardCursor => {
    const [since = '', kind = '', id = ''] = Buffer.from(text, 'base64url').toString().split(' ');
    const parsed = z.object({ since: z.iso.datetime(), kind: z.enum(caseKinds), id: z.uuid() }).safeParse({ since, kind, id });
    if (parsed.success) return parsed.data;
    context.addIssue({ code: 'custom', message: 'This page of the list is not there. Open the list again' });
    return z.NEVER;
  });
const cursorOf = ({ since, kind, id }: BoardCase): string => Buffer.from(`${since.toISOString()} ${kind} ${id}`).toString('base64url');

/** Every open case of the caller's organisations, those that have stood longest first; with counts over all of them. */
export const openCases = list({
  name: 'open-case.list',
  permission: 'open-case.read',
  params: z.object({}),
  input: z
    .object({
      kind: z.enum(caseKinds).optional(),
      health: z.enum(healths).optional(),
      organisation: z
        .string()
        .trim()
        .toUpperCase()
        .regex(/^[A-Z0-9]{3,10}$/, 'Enter an organisation code, such as A81001')
        .optional(),
      after: cursor.optional(),
    })
    .strict(),
  async run({ em, organisations, input: { organisation, ...filter } }) {
    const wanted = organisation ? organisations.filter((code) => code === organisation) : organisations;
    const [counts, found, checkedAt, background] = await Promise.all([
      countOpenCases(em.fork(), wanted),
      pageOfOpenCases(em.fork(), { organisations: wanted, limit: pageSize, ...filter }),
      sweptAt(em.fork()),
      readBackgroundWork(em),
    ]);
    const page = found.slice(0, pageSize);
    const last = page.at(-1);
    return {
      cases: page.map((row) => shown(row)),
      total: counts.reduce((sum, { n, ...of }) => sum + (matches(of, filter) ? n : 0), 0),
      counts,
      /** When the cases were last compared with what runs. */
      checkedAt,
      /** What belongs to no case, worst first. */
      background,
      next: found.length > pageSize && last ? cursorOf(last) : null,
    };
  },
});

const matches = (of: { kind: string; health: Health }, { kind, health }: { kind?: string | undefined; health?: Health | undefined }) =>
  (!kind || of.kind === kind) && (!health || of.health === health);

export interface CaseSubject {
  organisation: string;
  organisationName: string;
  kind: CaseParams['kind'];
  id: string;
  open: BoardCase | null;
}

/** A case that is over is still found by those of its organisation: its story is in the audit. @throws {Refusal} NOT_FOUND */
export async function findCase(em: EntityManager, { kind, id }: CaseParams): Promise<CaseSubject> {
  const open = (await getBoardCase(em, kind, id)) ?? null;
  if (open) return { organisation: open.organisation, organisationName: open.organisationName, kind, id, open };
  const organisation = await organisationOfCase(em, kind, id);
  if (!organisation) throw nothingHere();
  return { ...(await findOrganisation(em, organisation)), kind, id, open };
}

const longestStory = 300;

/** One case: how it is, its whole story from the audit, what runs for it, and what can be done. */
export const showOpenCase = query({
  name: 'open-case.show',
  permission: 'open-case.read',
  params: caseParams,
  input: z.object({}).strict(),
  find: findCase,
  async run({ em, subject, actor, ...deps }) {
    const { kind, id, open } = subject;
    const [story, ending, running] = await Promise.all([
      storyOf(em.fork(), kind, id, longestStory),
      endingAskedFor(em.fork(), kind, id),
      describeCase(deps, `${kind}/${id}`),
    ]);
    return {
      kind,
      id,
      organisation: subject.organisation,
      organisationName: subject.organisationName,
      open: open && shown(open),
      story,
      names: await namesOf(em, peopleIn(story, ending)),
      running,
      ending: ending && asked(ending, actor.id),
      mayAct: open !== null && may(actor, 'open-case.act', subject),
    };
  },
});

const asked = ({ id, reason, words, askedBy, askedAt }: CaseEndingRow, reader: string) => ({
  id,
  reason,
  words,
  askedBy,
  askedAt,
  /** Whoever asked cannot agree. */
  mine: askedBy === reader,
});

/** Whoever acted, and whoever a record names. */
const peopleIn = (story: readonly Told[], ending: CaseEndingRow | null): string[] => [
  ...story.flatMap(({ who, detail }) => [who, ...Object.values(detail).flatMap((value) => String(value).split(' '))]),
  ...(ending ? [ending.askedBy] : []),
];
