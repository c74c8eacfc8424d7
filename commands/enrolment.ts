/** Registering how somebody signs in by a Registration Authority's link: starting, confirming by the number, withdrawing, looking. */
import { z } from 'zod';
import { enrollingOf } from '../db/sign-in/enrolling.ts';
import { listedEnrolments } from '../db/sign-in/enrolment-list.ts';
import { codeToRead, findEnrolment, hasGivenCode } from '../db/sign-in/enrolment.ts';
import { isBegun } from '../db/idempotency.ts';
import { fullName, namesOf } from '../db/person/person.ts';
import { type Enrolment, enrolmentInWords, isEnrolmentOpen, readEnrolmentNumber, refuseToEnrol, witnessings } from '../domain/enrolment.ts';
import { refuseCaseOfTestPerson } from '../domain/sandbox.ts';
import { isTestPerson } from '../db/sandbox/sandbox-person.ts';
import { may } from '../domain/permission.ts';
import { Refusal } from '../domain/refusal.ts';
import { actOnEnrolment, type EnrolmentAct, enrolment, startEnrolment } from '../workflows/enrolment.ts';
import { type Asking, command, type Outcome, uuidFrom } from './command.ts';
import { findPersonSeenBy, whereBothAnd } from './person/sight.ts';
import { list, query } from './query.ts';
import { begin, update } from './update.ts';

const params = z.object({ id: z.uuid() });
const ofPerson = z.object({ person: z.uuid() });
const workflowId = (id: string) => `enrolment/${id}`;
type Em = Parameters<typeof findEnrolment>[0];
const find = (em: Em, { id }: { id: string }) => findEnrolment(em, id);

/** Where both are and the caller may start one; the first such place answers for it. */
async function findHolder(em: Em, { person }: { person: string }, caller: Parameters<typeof findPersonSeenBy>[2]) {
  const seen = await findPersonSeenBy(em, person, caller);
  const [organisation = seen.organisation] = whereBothAnd(seen, caller, 'enrolment.start');
  return { organisation, organisationName: seen.organisationName, holder: person, row: seen.row };
}

/** Whom the link would go to, and what stands in its way. */
export const enrolmentForm = query({
  name: 'enrolment.form',
  permission: 'enrolment.start',
  params: ofPerson,
  input: z.object({}),
  find: findHolder,
  async run({ em, caller, subject: { holder, row, organisation }, enrolmentTerms: { withinMinutes } }) {
    return {
      person: holder,
      personName: fullName(row),
      careId: row.careId,
      organisation,
      withinMinutes,
      hindrance: await hindrance(em, holder, caller.id),
    };
  },
});

async function hindrance(em: Em, person: string, witness: string): Promise<string | null> {
  try {
    refuseToEnrol(await enrollingOf(em, { person, witness }), new Date());
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}

/** Starts a registration: the link goes to the holder, and whoever starts it is its witness. */
export const startEnrolling = command({
  name: 'enrolment.start',
  permission: 'enrolment.start',
  params: ofPerson,
  input: z.strictObject({ witnessing: z.enum(witnessings, 'Select how you see the person') }),
  find: findHolder,
  async run({ subject: { organisation, holder: person }, input: { witnessing }, ...asking }): Promise<Outcome<Enrolment>> {
    const { em, actor, caller, key, enrolmentTerms } = asking;
    const id = uuidFrom(key);
    refuseCaseOfTestPerson(await isTestPerson(em, person));
    const asked = { id, organisation, person, witness: actor.id, witnessing };
    if (!(await isBegun(em, key))) refuseToEnrol(await enrollingOf(em, asked), new Date());
    return begin(
      asking,
      {
        workflow: enrolment,
        workflowId: workflowId(id),
        args: [id, enrolmentTerms],
        submit: startEnrolment,
        sent: [{ who: actor.id, via: caller.via, bodyHash: key.bodyHash }, asked],
      },
      () => findEnrolment(em, id),
    );
  },
});

/** One registration; for its witness also the code to read out, while it is of use. */
export const showEnrolment = query({
  name: 'enrolment.show',
  permission: 'enrolment.read',
  params,
  input: z.object({}),
  find,
  async run({ em, actor, subject, caller, sealingKey }) {
    const { id, state, witness, person } = subject;
    const isWitness = caller.id === witness;
    const code = isWitness ? await codeToRead(em, id, sealingKey) : null;
    return {
      ...subject,
      words: enrolmentInWords(state),
      isOpen: isEnrolmentOpen(state),
      isOutOfTime: isEnrolmentOpen(state) && new Date(subject.expiresAt) <= new Date(),
      names: await namesOf(em, [person, witness]),
      code: code && `${code.slice(0, 4)}-${code.slice(4)}`,
      codeGiven: await hasGivenCode(em, id),
      may: {
        confirm: isWitness && state === 'registered' && may(actor, 'enrolment.confirm', subject),
        withdraw: isEnrolmentOpen(state) && may(actor, 'enrolment.withdraw', subject),
      },
    };
  },
});

const pageSize = 25;

/** Registrations of every organisation where the caller may see them, the newest first. */
export const listEnrolments = list({
  name: 'enrolment.list',
  permission: 'enrolment.read',
  params: z.object({}),
  input: z.strictObject({
    organisation: z.string().max(10).optional(),
    state: z.enum(['open', 'over']).optional(),
    after: z.uuid().optional(),
  }),
  async run({ em, organisations, input: { organisation, ...filters } }) {
    const wanted = organisation ? organisations.filter((each) => each === organisation) : organisations;
    const { count, found } = await listedEnrolments(em, { organisations: wanted, ...filters, limit: pageSize + 1 });
    const shown = found.slice(0, pageSize);
    return {
      count,
      enrolments: shown.map((each) => ({ ...each, words: enrolmentInWords(each.state) })),
      next: found.length > pageSize ? (shown.at(-1)?.id ?? null) : null,
    };
  },
});

/** The witness types the number that the holder's device shows: then what was registered signs in. */
export const confirmEnrolment = command({
  name: 'enrolment.confirm',
  permission: 'enrolment.confirm',
  params,
  input: z.strictObject({ number: z.string('Enter the number that the holder’s device shows').max(20, 'The number has 6 digits') }),
  find,
  async run({ input, ...asking }) {
    const number = readEnrolmentNumber(input.number);
    if (!number) throw new Refusal('INVALID', 'Enter the 6 digits that the holder’s device shows', { number: 'wrong' });
    return act(asking, { action: 'confirm', number });
  },
});

/** The witness gives up: the link stops working, and what was registered is removed. */
export const withdrawEnrolment = command({
  name: 'enrolment.withdraw',
  permission: 'enrolment.withdraw',
  params,
  input: z.strictObject({}),
  find,
  run: (asking) => act(asking, { action: 'withdraw' }),
});

function act(asking: Omit<Asking<unknown, Enrolment>, 'input' | 'files'>, todo: EnrolmentAct): Promise<Outcome<Enrolment>> {
  const { em, temporal, subject, actor, caller, key } = asking;
  const sent = { who: actor.id, via: caller.via, bodyHash: key.bodyHash };
  return update<Enrolment>(
    asking,
    () =>
      temporal.workflow
        .getHandle(workflowId(subject.id))
        .startUpdate(actOnEnrolment, { args: [sent, todo], updateId: key.hash, waitForStage: 'ACCEPTED' }),
    async () => {
      const found = await findEnrolment(em, subject.id);
      if (isEnrolmentOpen(found.state)) throw new Error(`${workflowId(subject.id)} is open, and has no workflow`);
      const { state, changedBy, changedAt } = found;
      throw new Refusal('WRONG_STATE', `This registration is over: ${enrolmentInWords(state)}`, { state, by: changedBy, at: changedAt });
    },
  );
}
