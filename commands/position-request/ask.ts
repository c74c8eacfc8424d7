import { z } from 'zod';
import { isBegun, once } from '../../db/idempotency.ts';
import { findOrganisation } from '../../db/organisation/organisation.ts';
import { fullName } from '../../db/person/person.ts';
import { findDraft, recordDraft } from '../../db/position-request/position-request-draft.ts';
import { apartFrom, decidersOf, organisationsWithSponsors, rolesHeldDuring } from '../../db/position-request/position-request-people.ts';
import { recordWords } from '../../db/position-request/position-request-words.ts';
import { whatIsAlike } from '../../db/position-request/position-request-list.ts';
import { findPositionRequest } from '../../db/position-request/position-request.ts';
import { findPositionEvenClosed, isPositionOf, positionsOf } from '../../db/position-request/position.ts';
import { namesOfCodes } from '../../db/organisation/reference.ts';
import { isTestPerson } from '../../db/sandbox/sandbox-person.ts';
import { endOfPosition } from '../../db/position-request/role-profile.ts';
import { refuseAssignment } from '../../domain/assignment.ts';
import { londonDay } from '../../domain/days.ts';
import { atOrganisation } from '../../domain/organisation-code.ts';
import { type PositionRequest, refuseDays, refuseIfNobody, refuseSamePerson } from '../../domain/position-request.ts';
import { Refusal } from '../../domain/refusal.ts';
import { refuseCaseOfTestPerson } from '../../domain/sandbox.ts';
import { positionRequest, submitPositionRequest } from '../../workflows/position-request.ts';
import { command, uuidFrom } from '../command.ts';
import { findPersonSeenBy } from '../person/sight.ts';
import { list, query } from '../query.ts';
import { begin } from '../update.ts';
import { day, words, workflowId } from './fields.ts';

const mostOrganisations = 30;

const what = {
  position: z.uuid('Select a position'),
  startsOn: day('Enter the first day, such as 27 3 2027'),
  endsOn: day('Enter the last day, such as 27 3 2028').optional(),
  why: words('Enter why this person needs the position'),
};

/** The organisations where the caller may ask for a position for this person, and whether a sponsor there could decide it. */
export const whereToAsk = list({
  name: 'position-request.where',
  permission: 'position-request.submit',
  params: z.object({ person: z.uuid() }),
  input: z.object({ q: z.string().trim().max(100).optional() }),
  async run({ em, caller, params: { person }, input: { q }, organisations }) {
    const { row } = await findPersonSeenBy(em, person, caller);
    const { found, isMore } = await organisationsWithSponsors(em, organisations, { q, limit: mostOrganisations });
    return { person, personName: fullName(row), careId: row.careId, organisations: found, isMore };
  },
});

const asking = z.object({ person: z.uuid(), ...atOrganisation.shape });

/** What can be asked for at one organisation, each position with the access it gives; and what was typed before, if a draft is being changed. */
export const askForm = query({
  name: 'position-request.form',
  permission: 'position-request.submit',
  params: asking,
  input: z.object({ draft: z.uuid().optional() }),
  find: async (em, { person, organisation }, caller) => ({
    person,
    seen: await findPersonSeenBy(em, person, caller),
    ...(await findOrganisation(em, organisation)),
  }),
  async run({ em, actor, subject, input }) {
    const { person, organisation, organisationName, seen } = subject;
    refuseSamePerson({ beneficiary: person, asker: actor.id });
    const positions = await positionsOf(em, organisation);
    const names = await namesOfCodes(em, [...new Set(positions.flatMap(({ jobRole, activities }) => [jobRole, ...activities]))]);
    const deciders = await decidersOf(em, organisation, await apartFrom(em, { beneficiary: person, asker: actor.id }));
    return {
      person,
      personName: fullName(seen.row),
      careId: seen.row.careId,
      organisation,
      organisationName,
      positions: positions.map(({ id, name, words: access, jobRole, activities }) => ({
        id,
        name,
        words: access,
        jobRoleName: names[jobRole] ?? jobRole,
        activityNames: activities.map((code) => names[code] ?? code),
      })),
      draft: input.draft ? await findDraft(em, input.draft, actor.id) : null,
      canBeDecided: deciders.length > 0,
    };
  },
});

/** Keeps what is about to be asked for, so that it can be checked first. Nothing is sent. */
export const prepare = command({
  name: 'position-request.prepare',
  permission: 'position-request.submit',
  params: asking,
  input: z.object(what).strict(),
  find: async (em, { person, organisation }, caller) => {
    await findPersonSeenBy(em, person, caller);
    return { person, ...(await findOrganisation(em, organisation)) };
  },
  async run({ em, actor, subject: { person, organisation }, input, key }) {
    refuseSamePerson({ beneficiary: person, asker: actor.id });
    refuseDays({ startsOn: input.startsOn, endsOn: input.endsOn ?? null }, londonDay(new Date()));
    await refuseOtherPosition(em, input.position, organisation);
    const draft = { ...input, id: uuidFrom(key), asker: actor.id, person, organisation, endsOn: input.endsOn ?? null };
    await once(em, key, async (tx) => {
      await recordDraft(tx, draft);
      return { id: draft.id };
    });
    return { is: 'saved', answer: { id: draft.id } };
  },
});

/** A draft in words, with what would stand in its way: nobody who could decide it, a conflict of roles. */
export const showDraft = query({
  name: 'position-request.draft',
  permission: 'position-request.submit',
  params: z.object({ draft: z.uuid() }),
  input: z.object({}),
  find: async (em, { draft }, caller) => {
    const found = await findDraft(em, draft, caller.id);
    return { draft: found, seen: await findPersonSeenBy(em, found.person, caller), ...(await findOrganisation(em, found.organisation)) };
  },
  async run({ em, subject: { draft, seen, organisationName } }) {
    const asked = { ...draft, beneficiary: draft.person };
    const position = await findPositionEvenClosed(em, draft.position);
    const names = await namesOfCodes(em, [position.jobRole, ...position.activities]);
    return {
      ...draft,
      personName: fullName(seen.row),
      careId: seen.row.careId,
      organisationName,
      positionName: position.name,
      positionWords: position.words,
      activityNames: position.activities.map((code) => names[code] ?? code),
      endsAt: draft.endsOn && (await endOfPosition(em, draft.organisation, draft.endsOn)),
      alike: await whatIsAlike(em, asked),
      hindrance: await hindranceTo(em, { ...asked, organisationName }),
    };
  },
});

type Em = Parameters<typeof findOrganisation>[0];
type Asked = Pick<PositionRequest, 'organisation' | 'beneficiary' | 'asker' | 'position' | 'startsOn' | 'endsOn'>;

/** The words of what would be refused, before it is sent; null if nothing would. */
async function hindranceTo(em: Em, asked: Asked & { organisationName: string }): Promise<{ code: string; message: string } | null> {
  try {
    await refuseWhatCannotBe(em, asked);
    return null;
  } catch (error) {
    if (error instanceof Refusal) return { code: error.code, message: error.message };
    throw error;
  }
}

/** Asked here so that it is said before it is sent; asked again in the transaction that saves it. */
async function refuseWhatCannotBe(em: Em, asked: Asked & { organisationName: string }): Promise<void> {
  const { organisation, beneficiary, asker, startsOn, endsOn } = asked;
  refuseSamePerson({ beneficiary, asker });
  refuseDays({ startsOn, endsOn }, londonDay(new Date()));
  const apart = await apartFrom(em, { beneficiary, asker });
  const held = await rolesHeldDuring(em, { person: beneficiary, organisation, startsOn, endsOn });
  refuseAssignment({ organisation, person: apart, position: await findPositionEvenClosed(em, asked.position), held });
  refuseIfNobody(await decidersOf(em, organisation, apart), asked);
}

/** @throws {Refusal} INVALID, at its field: no list of this organisation's positions could have offered it */
async function refuseOtherPosition(em: Em, id: string, organisation: string): Promise<void> {
  if (await isPositionOf(em, id, organisation)) return;
  throw new Refusal('INVALID', 'Select a position of this organisation', { position: id });
}

/** Asks for a position. The request's id comes from the key, so that the same key cannot make two. */
export const submit = command({
  name: 'position-request.submit',
  permission: 'position-request.submit',
  params: atOrganisation,
  input: z.object({ beneficiary: z.uuid('Select who the position is for'), ...what }).strict(),
  find: (em, { organisation }) => findOrganisation(em, organisation),
  async run({ subject, input, ...rest }) {
    const { em, positionRequestTerms, actor, caller, key } = rest;
    const id = uuidFrom(key);
    const { organisation, organisationName } = subject;
    const { beneficiary, position, startsOn, endsOn = null } = input;
    const asked = { id, organisation, asker: actor.id, beneficiary, position, startsOn, endsOn };
    if (!(await isBegun(em, key))) {
      await findPersonSeenBy(em, beneficiary, caller);
      refuseCaseOfTestPerson(await isTestPerson(em, beneficiary));
      await refuseOtherPosition(em, position, organisation);
      await refuseWhatCannotBe(em, { ...asked, organisationName });
    }
    const why = await recordWords(em, { id, request: id, words: input.why });
    const sent = { who: actor.id, via: caller.via, bodyHash: key.bodyHash };
    return begin(
      rest,
      {
        workflow: positionRequest,
        workflowId: workflowId(id),
        args: [id, positionRequestTerms],
        submit: submitPositionRequest,
        sent: [sent, { ...asked, why }],
      },
      () => findPositionRequest(em, id),
    );
  },
});
