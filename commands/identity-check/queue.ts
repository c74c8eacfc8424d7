/** The queue: what waits, who has what, and taking the next one. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import { organisationsWith } from '../../db/actor.ts';
import { caseIdOf } from '../../db/application/application.ts';
import { once } from '../../db/idempotency.ts';
import {
  checkViews,
  countChecks,
  listChecks,
  type ListedCheck,
  listDecisions,
  type ListedDecision,
  lockNext,
} from '../../db/identity-check/identity-check-list.ts';
import { recordDeclaration, recordReleased, recordTaken } from '../../db/identity-check/identity-check.ts';
import { organisationNames } from '../../db/organisation/organisation.ts';
import { findPerson } from '../../db/person/person.ts';
import { mostCounted } from '../../domain/count.ts';
import { declaration } from '../../domain/identity-check.ts';
import { organisationCode } from '../../domain/organisation-code.ts';
import { permissions, rolesWith } from '../../domain/permission.ts';
import { Refusal } from '../../domain/refusal.ts';
import { causeOf, command } from '../command.ts';
import { list } from '../query.ts';
import { checkCause, find, noInput, params } from './fields.ts';

const pageLength = 25;
const isYes = z.literal('yes').optional();

export interface CheckQueue {
  view: (typeof checkViews)[number];
  checks: ListedCheck[];
  decisions: ListedDecision[];
  next: string | null;
  counts: Awaited<ReturnType<typeof countChecks>>;
  mostCounted: number;
  /** Where the caller checks identities: what a page can be narrowed to. */
  organisations: Array<{ code: string; name: string }>;
}

export const listIdentityChecks = list({
  name: 'identity-check.list',
  permission: 'identity-check.read',
  params: z.object({}),
  input: z.object({
    view: z.enum(checkViews).default('waiting'),
    organisation: organisationCode.optional(),
    /** Only what is overdue. */
    late: isYes,
    /** Only what nobody has. */
    free: isYes,
    /** Of what is done, only the caller's own. */
    own: isYes,
    after: z.string().regex(/^[\w-]+$/).max(200).optional(), // prettier-ignore
  }),
  async run({ em, caller, organisations: all, input: { view, organisation, late, free, own, after } }): Promise<CheckQueue> {
    const organisations = organisation ? all.filter((code) => code === organisation) : all;
    const queue = {
      me: await findPerson(em, caller.id),
      organisations,
      after,
      limit: pageLength,
      late: Boolean(late),
      free: Boolean(free),
    };
    const page =
      view === 'done'
        ? { checks: [], ...(await listDecisions(em, { ...queue, byMe: Boolean(own) })) }
        : { decisions: [], ...(await listChecks(em, view, queue)) };
    const counts = await countChecks(em, queue);
    return { view, ...page, counts, mostCounted, organisations: await organisationNames(em, all) };
  },
});

/** Whoever is signed in may ask; what they may take is judged for each application. */
const findSelf = async (em: EntityManager, _params: unknown, { id }: { id: string }) => ({
  organisation: (await findPerson(em, id)).organisation,
});

export const takeNext = command({
  name: 'identity-check.take-next',
  permission: 'identity-check.take-next',
  params: z.object({}),
  input: z.object({ organisation: organisationCode.optional() }).strict(),
  find: findSelf,
  async run({ em, ...asking }): Promise<{ is: 'saved'; answer: { id: string | null } }> {
    const { actor, caller, key, input } = asking;
    const all = await organisationsWith(em, caller.id, rolesWith('identity-check.take'));
    if (all.length === 0) throw new Refusal('NOT_PERMITTED', `None of your positions lets you ${permissions['identity-check.take'].words}`);
    const organisations = input.organisation ? all.filter((code) => code === input.organisation) : all;
    const answer = await once(em, key, async (tx) => {
      const me = await findPerson(tx, actor.id);
      for (const passed: string[] = []; ;) {
        const id = await lockNext(tx, { me, organisations }, passed);
        if (!id) return { id: null };
        if (await takeUnlessRefused(tx, id, asking)) return { id };
        passed.push(id);
      }
    });
    return { is: 'saved', answer };
  },
});

type Taking = Parameters<typeof causeOf>[1];

/** What the rules see and a query cannot: then the next one is looked at. */
async function takeUnlessRefused(tx: EntityManager, id: string, asking: Taking): Promise<boolean> {
  try {
    await recordTaken(tx, id, asking.actor.id, causeOf('identity-check.take-next', asking, caseIdOf(id)));
    return true;
  } catch (error) {
    if (error instanceof Refusal && ['SAME_PERSON', 'NOT_PERMITTED'].includes(error.code)) return false;
    throw error;
  }
}

/** Takes one in particular, or renews what the caller has. */
export const take = command({
  name: 'identity-check.take',
  permission: 'identity-check.take',
  params,
  input: noInput,
  find,
  async run({ em, ...asking }) {
    const { id } = asking.subject;
    const answer = await once(em, asking.key, async (tx) => {
      const until = await recordTaken(tx, id, asking.actor.id, checkCause('identity-check.take', asking));
      return { id, until: until.toISOString() };
    });
    return { is: 'saved', answer };
  },
});

/** Gives it back to the queue. What was found stays, for whoever takes it next to look at. */
export const release = command({
  name: 'identity-check.release',
  permission: 'identity-check.work',
  params,
  input: noInput,
  find,
  async run({ em, ...asking }) {
    const { id } = asking.subject;
    const answer = await once(em, asking.key, async (tx) => {
      await recordReleased(tx, id, asking.actor.id, checkCause('identity-check.release', asking));
      return { id };
    });
    return { is: 'saved', answer };
  },
});

export const declare = command({
  name: 'identity-check.declare',
  permission: 'identity-check.work',
  params,
  input: z
    .object({ declaration, trained: z.enum(['yes', 'no'], 'Select whether you have been trained to examine documents').optional() })
    .strict()
    .refine((given) => given.declaration === 'knows' || given.trained, {
      path: ['trained'],
      error: 'Select whether you have been trained to examine documents',
    }),
  find,
  async run({ em, ...asking }) {
    const { id } = asking.subject;
    const { declaration: said, trained } = asking.input;
    const answer = await once(em, asking.key, async (tx) => {
      const checker = asking.actor.id;
      const declared = { declaration: said, trained: trained === 'yes' };
      await recordDeclaration(tx, { application: id, checker }, declared, checkCause('identity-check.declare', asking));
      return { id, isYours: said === 'unrelated' };
    });
    return { is: 'saved', answer };
  },
});
