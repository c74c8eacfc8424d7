import { z } from 'zod';
import { once } from '../../db/idempotency.ts';
import { namesOf } from '../../db/person/person.ts';
import { decidersOf } from '../../db/position-request/position-request-people.ts';
import { recordWords } from '../../db/position-request/position-request-words.ts';
import { findPositionRequest, recordClaim } from '../../db/position-request/position-request.ts';
import { londonDay } from '../../domain/days.ts';
import { type PositionRequest, refuseOver, waitsFor, wrongState } from '../../domain/position-request.ts';
import { Refusal } from '../../domain/refusal.ts';
import { handCaseTo } from '../../workflows/case.ts';
import { type Act, actOnPositionRequest } from '../../workflows/position-request.ts';
import { type Asking, causeOf, command, type Outcome, uuidFrom } from '../command.ts';
import { query } from '../query.ts';
import { update } from '../update.ts';
import { day, findRequest, type FoundRequest, params, words, workflowId } from './fields.ts';

export const decisionInput = z
  .object({
    decision: z.enum(['approve', 'reject', 'send-back'], 'Select whether you approve the request'),
    endsOn: day('Enter the last day, such as 27 3 2027').optional(),
    text: words('Enter a reason or a question').optional(),
  })
  .strict()
  .refine(({ decision, text }) => decision === 'approve' || text, {
    path: ['text'],
    error: 'Enter why you reject the request, or what you need to know',
  })
  .refine(({ decision, endsOn }) => decision === 'approve' || !endsOn, {
    path: ['endsOn'],
    error: 'Enter an end date only if you approve the request',
  });

export const decide = command({
  name: 'position-request.decide',
  permission: 'position-request.decide',
  params,
  input: decisionInput,
  find: findRequest,
  run({ input: { decision: action, ...rest }, ...asking }) {
    if (action === 'approve') refuseOver(rest.endsOn ?? asking.subject.endsOn, londonDay(new Date()));
    return act(asking, { action, ...rest });
  },
});

export const resubmit = command({
  name: 'position-request.resubmit',
  permission: 'position-request.resubmit',
  params,
  input: z.object({ text: words('Enter your answer') }).strict(),
  find: findRequest,
  run: ({ input, ...asking }) => act(asking, { action: 'resubmit', ...input }),
});

export const withdraw = command({
  name: 'position-request.withdraw',
  permission: 'position-request.withdraw',
  params,
  input: z.object({}).strict(),
  find: findRequest,
  run: (asking) => act(asking, { action: 'withdraw' }),
});

/** A plain command: a short change that waits for nobody, in one transaction. Claiming again renews. */
export const claim = command({
  name: 'position-request.claim',
  permission: 'position-request.claim',
  params,
  input: z.object({}).strict(),
  find: findRequest,
  async run({ em, subject, ...asking }) {
    const cause = causeOf('position-request.claim', asking, workflowId(subject.id));
    const answer = await once(em, asking.key, async (tx) => ({
      id: subject.id,
      until: (await recordClaim(tx, subject, cause)).toISOString(),
    }));
    return { is: 'saved', answer };
  },
});

/** The sponsors who could decide a request: whom the RA manager may name. */
export const showSponsors = query({
  name: 'position-request.sponsors',
  permission: 'position-request.name-sponsor',
  params,
  input: z.object({}),
  find: findRequest,
  async run({ em, subject }) {
    if (subject.state !== 'submitted') throw wrongState(subject);
    const sponsors = await decidersOf(em, subject.organisation, subject);
    const names = await namesOf(em, sponsors);
    return {
      id: subject.id,
      organisation: subject.organisation,
      organisationName: subject.organisationName,
      sponsors: sponsors.map((id) => ({ id, name: names[id] ?? id })),
    };
  },
});

/** An RA manager asks one sponsor to decide what others did not; they never decide it themselves. */
export const nameSponsor = command({
  name: 'position-request.name-sponsor',
  permission: 'position-request.name-sponsor',
  params,
  input: z.object({ sponsor: z.uuid('Select a sponsor') }).strict(),
  find: findRequest,
  async run({ input: { sponsor }, ...asking }): Promise<Outcome<{ id: string }>> {
    const { em, temporal, subject, key } = asking;
    const { id, organisation } = subject;
    if (!(await decidersOf(em, organisation, subject)).includes(sponsor)) {
      throw new Refusal('INVALID', `Select a sponsor of ${subject.organisationName} who could decide the request`, { sponsor });
    }
    const outcome = await update(
      asking,
      () =>
        temporal.workflow
          .getHandle(workflowId(id))
          .startUpdate(handCaseTo, { args: [sentBy(asking), { to: sponsor }], updateId: key.hash, waitForStage: 'ACCEPTED' }),
      () => refuseClosed(asking),
    );
    return outcome.is === 'saved' ? { is: 'saved', answer: { id } } : outcome;
  },
});

type Deciding = Omit<Asking<unknown, FoundRequest>, 'input' | 'files'>;
const sentBy = ({ actor, caller, key }: Deciding) => ({ who: actor.id, via: caller.via, bodyHash: key.bodyHash });

/** One step of an open request. What was written is saved first: the workflow carries its id. */
async function act(
  asking: Deciding,
  { action, endsOn, text }: { action: Act['action']; endsOn?: string | undefined; text?: string | undefined },
): Promise<Outcome<PositionRequest>> {
  const { em, temporal, subject, key } = asking;
  const given = text && (await recordWords(em, { id: uuidFrom(key), request: subject.id, words: text }));
  const args: Act = { action, ...(endsOn && { endsOn }), ...(given && { words: given }) };
  return update<PositionRequest>(
    asking,
    () =>
      temporal.workflow
        .getHandle(workflowId(subject.id))
        .startUpdate(actOnPositionRequest, { args: [sentBy(asking), args], updateId: key.hash, waitForStage: 'ACCEPTED' }),
    () => refuseClosed(asking),
  );
}

/** When its workflow is over, says who ended it and when. */
async function refuseClosed({ em, subject }: Deciding): Promise<never> {
  const found = await findPositionRequest(em, subject.id);
  if (waitsFor(found.state)) throw new Error(`${workflowId(subject.id)} is open, and has no workflow`);
  throw wrongState(found);
}
