/** Several requests at once: one page lists them, each is decided by its own command under its own key, and a page says what came of each. */
import { z } from 'zod';
import { rolesByOrganisation } from '../../db/actor.ts';
import { remember } from '../../db/idempotency.ts';
import { findPerson } from '../../db/person/person.ts';
import { type Batch, findBatch, type Line, recordBatch, recordLine } from '../../db/position-request/position-decision-batch.ts';
import { listedRequests } from '../../db/position-request/position-request-list.ts';
import { type Caller } from '../caller.ts';
import { Refusal } from '../../domain/refusal.ts';
import { type Asking, command, type Outcome, uuidFrom } from '../command.ts';
import { list, query } from '../query.ts';
import { decide, decisionInput } from './decide.ts';

const mostAtOnce = 50;
const several = z.preprocess(
  (given) => (typeof given === 'string' ? [given] : given),
  z
    .array(z.uuid(), 'Select the requests to decide')
    .min(1, 'Select the requests to decide')
    .max(mostAtOnce, `Select ${mostAtOnce} requests or fewer`)
    .transform((ids) => [...new Set(ids)]),
);

/** The requests somebody chose to decide together, for them to check. Those they may not decide now are left out. */
export const checkSeveral = list({
  name: 'position-request.check-several',
  permission: 'position-request.decide',
  params: z.object({}),
  input: z.object({ request: several.optional() }),
  async run({ em, input, organisations }) {
    const ids = input.request ?? [];
    const requests = (await listedRequests(em, ids, organisations)).filter(({ state }) => state === 'submitted');
    return { requests, leftOut: ids.length - requests.length };
  },
});

type Em = Parameters<typeof findPerson>[0];
/** Each line is judged by itself, at its own organisation; the batch belongs to who sent it. */
const ownBatch = async (em: Em, { id }: Caller) => {
  const [organisation] = (await rolesByOrganisation(em, id)).keys();
  return { organisation: organisation ?? (await findPerson(em, id)).organisation, person: id };
};

export const decideSeveral = command({
  name: 'position-request.decide-several',
  permission: 'position-request.decide-several',
  params: z.object({}),
  input: decisionInput.safeExtend({ request: several }),
  find: (em, _params, caller) => ownBatch(em, caller),
  async run({ input: { request, decision, endsOn, text }, ...asking }) {
    const batch: Batch = { id: uuidFrom(asking.key), decider: asking.actor.id, decision, endsOn: endsOn ?? null, words: text ?? null };
    await recordBatch(asking.em, batch, request);
    return decideLines(asking, batch.id);
  },
});

/** Asks after the lines that are not saved or refused yet: their keys make sure that each is decided once. */
export const decideSeveralAgain = command({
  name: 'position-request.decide-several-again',
  permission: 'position-request.decide-several',
  params: z.object({ batch: z.uuid() }),
  input: z.object({}).strict(),
  find: async (em, { batch }, caller) => ({ ...(await ownBatch(em, caller)), batch }),
  run: (asking) => decideLines(asking, asking.subject.batch),
});

/** What came of each line of a batch. */
export const showSeveral = query({
  name: 'position-request.several',
  permission: 'position-request.decide-several',
  params: z.object({ batch: z.uuid() }),
  input: z.object({}),
  find: async (em, { batch }, caller) => ({ ...(await ownBatch(em, caller)), batch }),
  async run({ em, caller, subject }) {
    const { batch, lines } = await findBatch(em, subject.batch, caller.id);
    const organisations = [...(await rolesByOrganisation(em, caller.id)).keys()];
    const requests = await listedRequests(
      em,
      lines.map(({ request }) => request),
      organisations,
    );
    return {
      id: batch.id,
      decision: batch.decision,
      lines: lines.map(({ request: id, outcome, code, message }) => ({
        id,
        outcome,
        code: code ?? null,
        message: message ?? null,
        request: requests.find((each) => each.id === id) ?? null,
      })),
    };
  },
});

type Several = Omit<Asking<unknown, unknown>, 'input' | 'subject' | 'files'>;

async function decideLines(asking: Several, id: string): Promise<Outcome<{ id: string; lines: Array<Pick<Line, 'request' | 'outcome'>> }>> {
  const { batch, lines } = await findBatch(asking.em, id, asking.actor.id);
  // A few at a time: each waits for its own workflow.
  const open = lines.filter(({ outcome }) => outcome === 'not-saved' || outcome === 'saving');
  for (let at = 0; at < open.length; at += 5) {
    await Promise.all(open.slice(at, at + 5).map((line) => decideLine(asking, batch, line)));
  }
  const came = await findBatch(asking.em, id, asking.actor.id);
  const answer = { id, lines: came.lines.map(({ request, outcome }) => ({ request, outcome })) };
  await remember(asking.em, asking.key, answer);
  return { is: 'saved', answer };
}

async function decideLine({ caller, ...asking }: Several, { id, decision, endsOn, words }: Batch, { request }: Line): Promise<void> {
  const input = { decision, ...(endsOn && { endsOn }), ...(words && { text: words }) };
  const writer = { ...caller, key: `${id}/${request}` };
  const came = await outcomeOf(() => decide.perform(asking, writer, { id: request }, input));
  await recordLine(asking.orm.em.fork(), { batch: id, request }, came);
}

async function outcomeOf(deciding: () => Promise<Outcome<unknown>>): Promise<Parameters<typeof recordLine>[2]> {
  try {
    return { outcome: (await deciding()).is };
  } catch (error) {
    if (error instanceof Refusal) return { outcome: 'refused', code: error.code, message: error.message };
    throw error;
  }
}
