/** Professional memberships of a person: seeing them, recording one, saying that it was found in the register, ending one. */
import { z } from 'zod';
import type { EntityManager } from '@mikro-orm/postgresql';
import { once } from '../db/idempotency.ts';
import { findOrganisation, organisationNames } from '../db/organisation/organisation.ts';
import { fullName, namesOf } from '../db/person/person.ts';
import {
  findProfessionalMembership,
  heldMemberships,
  holderOfNumber,
  type ProfessionalMembershipRow,
  professionalMembershipsOf,
  recordMembershipChecked,
  recordMembershipEnded,
  recordProfessionalMembership,
} from '../db/person/professional-membership.ts';
import { dueMemberships } from '../db/person/professional-membership-list.ts';
import { day } from '../domain/day.ts';
import { addDays, type Day, londonDay } from '../domain/days.ts';
import type { Permission } from '../domain/permission.ts';
import {
  allBodies,
  type Body,
  daysProblem,
  hangingOn,
  lookUpDaysBefore,
  membershipEndReason,
  professionalBodies,
  professionalBody,
  readMembershipNumber,
  refuseOwnMembership,
  standingOf,
  standingWords,
  toldOf,
} from '../domain/professional-membership.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Caller } from './caller.ts';
import { causeOf, command, uuidFrom } from './command.ts';
import { findPersonSeenBy, mayAnywhere, whereBothAnd } from './person/sight.ts';
import { list, query } from './query.ts';

const today = (): Day => londonDay(new Date());
const ofPerson = z.object({ person: z.uuid() });
const ofOne = z.object({ person: z.uuid(), id: z.uuid() });

/** Judged at the first organisation where both are and the caller may; the person's own, where one sees oneself. */
const findAt = (permission: Permission) => async (em: EntityManager, params: { person: string }, caller: Caller) => {
  const seen = await findPersonSeenBy(em, params.person, caller);
  const [organisation = seen.organisation] = whereBothAnd(seen, caller, permission);
  return { ...(await findOrganisation(em, organisation)), person: seen.person, row: seen.row, seen };
};
type Subject = Awaited<ReturnType<ReturnType<typeof findAt>>>;

const seeing = { permission: 'professional-membership.read', find: findAt('professional-membership.read') } as const;
const changing = { permission: 'professional-membership.change', find: findAt('professional-membership.change') } as const;

const changingOne = {
  ...changing,
  params: ofOne,
  find: async (em: EntityManager, params: z.output<typeof ofOne>, caller: Caller) => ({
    ...(await changing.find(em, params, caller)),
    id: params.id,
  }),
} as const;

/** All that a person has had, and what systems are told of now. */
export const listProfessionalMemberships = query({
  ...seeing,
  name: 'professional-membership.list',
  params: ofPerson,
  input: z.object({}),
  run: async ({ em, caller, subject }) => ({
    ...aboutPerson(subject),
    memberships: await shownMemberships(em, subject.person),
    mayChange: caller.id !== subject.person && mayAnywhere(subject.seen, caller, 'professional-membership.change'),
  }),
});

const pageSize = 25;

/** Those to be looked up of people registered where the caller may: not checked yet, run out, or about to. The longest due first. */
export const listDueMemberships = list({
  name: 'professional-membership.due',
  permission: 'professional-membership.change',
  params: z.object({}),
  input: z.strictObject({ organisation: z.string().max(10).optional(), after: z.uuid().optional() }),
  async run({ em, caller, organisations, input: { organisation, after } }) {
    const wanted = organisation ? organisations.filter((each) => each === organisation) : organisations;
    const by = addDays(today(), lookUpDaysBefore);
    const { count, found } = await dueMemberships(em, { organisations: wanted, by, except: caller.id, after, limit: pageSize + 1 });
    const shown = found.slice(0, pageSize);
    return {
      count,
      withinDays: lookUpDaysBefore,
      memberships: shown.map(({ isChecked, ...each }) => {
        const standing = standingOf({ until: each.until, checkedAt: isChecked ? new Date(0) : null }, today());
        return { ...each, ...wordsOf(each.body), standing, standingWords: standingWords[standing] };
      }),
      organisations: await organisationNames(em, organisations),
      next: found.length > pageSize ? (shown.at(-1)?.id ?? null) : null,
    };
  },
});

/** The registers that the person is in no record of yet. */
export const professionalMembershipForm = query({
  ...changing,
  name: 'professional-membership.form',
  params: ofPerson,
  input: z.object({}),
  async run({ em, caller, subject }) {
    refuseOwnMembership(subject.person, caller.id);
    const held = (await heldMemberships(em, subject.person)).map(({ body }) => body);
    const bodies = allBodies
      .filter((body) => !held.includes(body))
      .map((body) => ({ body, ...wordsOf(body), formatWords: professionalBodies[body].formatWords }));
    return { ...aboutPerson(subject), bodies };
  },
});

/** One that is to be looked up in its register or ended, with those that would end with it. */
export const showProfessionalMembership = query({
  ...changing,
  name: 'professional-membership.show',
  params: ofOne,
  input: z.object({}),
  find: async (em, params, caller) => ({
    ...(await changing.find(em, params, caller)),
    membership: await findProfessionalMembership(em, params.person, params.id),
  }),
  async run({ em, caller, subject }) {
    const { person, membership } = subject;
    refuseOwnMembership(person, caller.id);
    const others = (await heldMemberships(em, person)).filter(({ id }) => id !== membership.id);
    const standing = standingOf(membership, today());
    return {
      ...aboutPerson(subject),
      ...shown(membership),
      standing,
      register: professionalBodies[membership.body].register,
      endsWithIt: hangingOn(membership, others).map(({ body }) => professionalBodies[body].number),
    };
  },
});

const lastDay = day.optional();

/** All that is wrong with one at once, each at its field. */
const newMembership = z
  .strictObject({
    body: professionalBody,
    number: z.string('Enter the number').max(40, 'Enter the number as the register writes it'),
    since: z.string('Enter the first day of the registration, as the register says').pipe(day),
    until: lastDay,
  })
  .superRefine(({ body, number, since, until = null }, context) => {
    const read = readMembershipNumber(body, number);
    const days = daysProblem({ since, until }, today());
    if (!read.ok) context.addIssue({ code: 'custom', path: ['number'], message: read.problem });
    if (days) context.addIssue({ code: 'custom', path: [days.field], message: days.text });
  });

/** Records one. Systems are told of it once somebody says that it is in the register. */
export const addProfessionalMembership = command({
  ...changing,
  name: 'professional-membership.add',
  params: ofPerson,
  input: newMembership,
  async run({ em, subject, input: { body, number: typed, since, until = null }, key, ...asking }) {
    const { person, organisation } = subject;
    refuseOwnMembership(person, asking.actor.id);
    const read = readMembershipNumber(body, typed);
    if (!read.ok) throw new Refusal('INVALID', read.problem, { number: 'format' });
    const row = { id: uuidFrom(key), person, body, number: read.number, since, until };
    await refuseSeenHolder(em, row, asking.caller);
    const cause = causeOf('professional-membership.add', { ...asking, key }, null);
    const answer = await once(em, key, async (tx) => {
      await recordProfessionalMembership(tx, cause, organisation, row);
      return { id: row.id, person };
    });
    return { is: 'saved', answer };
  },
});

/** Says that it was found in the register today, under the person's name, and until when the register says it is good. */
export const checkProfessionalMembership = command({
  ...changingOne,
  name: 'professional-membership.check',
  input: z.strictObject({
    found: z.literal('yes', 'Say that you found this number in the register, under this person’s name'),
    until: lastDay,
  }),
  async run({ em, subject: { person, organisation, id }, input: { until = null }, key, ...asking }) {
    const cause = causeOf('professional-membership.check', { ...asking, key }, null);
    const answer = await once(em, key, async (tx) => {
      await recordMembershipChecked(tx, cause, organisation, { id, person, until });
      return { id, person };
    });
    return { is: 'saved', answer };
  },
});

/** Ends one, and those that hang on it: no system is told of them any more. */
export const endProfessionalMembership = command({
  ...changingOne,
  name: 'professional-membership.end',
  input: z.strictObject({ reason: membershipEndReason }),
  async run({ em, subject: { person, organisation, id }, input: { reason }, key, ...asking }) {
    const cause = causeOf('professional-membership.end', { ...asking, key }, null);
    const answer = await once(em, key, async (tx) => {
      const ended = await recordMembershipEnded(tx, cause, organisation, { id, person, reason });
      return { id, person, ended };
    });
    return { is: 'saved', answer };
  },
});

/** Whose number it is, said to those alone who may see that person. The write refuses it to all others, and says nothing of whose. */
async function refuseSeenHolder(em: EntityManager, asked: { body: Body; number: string; person: string }, caller: Caller): Promise<void> {
  const holder = await holderOfNumber(em, asked.body, asked.number);
  if (!holder || holder === asked.person) return;
  const seen = await findPersonSeenBy(em, holder, caller).catch((error: unknown) => {
    if (error instanceof Refusal) return undefined;
    throw error;
  });
  if (!seen || !mayAnywhere(seen, caller, 'professional-membership.read')) return;
  const { number: called } = professionalBodies[asked.body];
  throw new Refusal(
    'INVALID',
    `This ${called} is recorded for ${fullName(seen.row)} (Care ID ${seen.row.careId}). Check it in the register`,
    { number: 'taken', person: holder },
  );
}

const aboutPerson = ({ person, row, organisationName }: Subject) => ({
  person,
  personName: fullName(row),
  careId: row.careId,
  organisationName,
});
const wordsOf = (body: Body) => ({ bodyWords: professionalBodies[body].words, numberWords: professionalBodies[body].number });

const shown = ({ id, body, number, since, until, recordedAt, checkedAt, endedAt }: ProfessionalMembershipRow) => ({
  id,
  body,
  ...wordsOf(body),
  number,
  since,
  until: until ?? null,
  recordedAt: recordedAt.toISOString(),
  checkedAt: checkedAt?.toISOString() ?? null,
  endedAt: endedAt?.toISOString() ?? null,
});

/** As pages list them: with who recorded, checked and ended each, and whether systems are told of it. */
export async function shownMemberships(em: EntityManager, person: string) {
  const rows = await professionalMembershipsOf(em, person);
  const told = toldOf(rows, today()).map(({ id }) => id);
  const names = await namesOf(
    em,
    rows.flatMap(({ recordedBy, checkedBy, endedBy }) => [recordedBy, checkedBy ?? '', endedBy ?? '']),
  );
  return rows.map((row) => {
    const standing = standingOf(row, today());
    return {
      ...shown(row),
      standing,
      standingWords: standingWords[standing],
      isTold: told.includes(row.id),
      recordedByName: names[row.recordedBy] ?? null,
      checkedByName: (row.checkedBy && names[row.checkedBy]) ?? null,
      endedByName: (row.endedBy && names[row.endedBy]) ?? null,
    };
  });
}
