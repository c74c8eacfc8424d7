/** Who is signed in with what, for the RA manager: looking, ending one or all, and how each system took the news. */
import { z } from 'zod';
import { once } from '../db/idempotency.ts';
import { fullName } from '../db/person/person.ts';
import { accessEnds, isOpenSignInOf, liveSignInsOf } from '../db/sign-in/sign-in-list.ts';
import { type Ending, recordSignInsEnded } from '../db/sign-in/sign-in-ending.ts';
import { endInWords, methodInWords, tellingWords } from '../domain/sign-in-ends.ts';
import { may } from '../domain/permission.ts';
import { nothingHere } from '../domain/refusal.ts';
import { type Asking, causeOf, command } from './command.ts';
import { findRegistered } from './person/state.ts';
import { placesToChoose } from './places.ts';
import { list, query } from './query.ts';

const ofPerson = z.object({ person: z.uuid() });

/** The live sign-ins of one person, the newest first. */
export const listSignIns = query({
  name: 'sign-in.list',
  permission: 'sign-in.read',
  params: ofPerson,
  input: z.object({}),
  find: findRegistered,
  async run({ em, actor, subject }) {
    const { person, row, organisationName } = subject;
    const signIns = (await liveSignInsOf(em, person)).map((each) => ({ ...each, methodWords: methodInWords(each.method) }));
    return {
      person,
      personName: fullName(row),
      careId: row.careId,
      organisationName,
      signIns,
      may: { end: may(actor, 'sign-in.end', subject) },
    };
  },
});

const ending = { permission: 'sign-in.end', input: z.strictObject({}) } as const;

/** Ends one sign-in, with its tokens; every system that it let in is told. */
export const endSignIn = command({
  ...ending,
  name: 'sign-in.end',
  params: ofPerson.extend({ id: z.uuid() }),
  find: async (em, { person, id }, caller) => ({ ...(await findRegistered(em, { person }, caller)), id }),
  async run({ em, subject, ...asking }) {
    const { person, id } = subject;
    return endNow(em, { ...asking, subject }, { id }, async (tx) => {
      if (!(await isOpenSignInOf(tx, person, id))) throw nothingHere();
    });
  },
});

/** Ends every sign-in of a person that there is now. They may sign in again. */
export const endAllSignIns = command({
  ...ending,
  name: 'sign-in.end-all',
  params: ofPerson,
  find: findRegistered,
  run: ({ em, subject, ...asking }) => endNow(em, { ...asking, subject }, { person: subject.person }),
});

type Em = Asking<unknown, unknown>['em'];
async function endNow(
  em: Em,
  asking: Pick<Asking<unknown, { person: string }>, 'key' | 'actor' | 'caller' | 'subject'>,
  which: Ending,
  judge: (tx: Em) => Promise<void> = async () => {},
) {
  const cause = causeOf('sign-in.end', asking, null);
  const answer = await once(em, asking.key, async (tx) => {
    await judge(tx);
    return { person: asking.subject.person, ended: await recordSignInsEnded(tx, cause, which, 'ended-by-manager') };
  });
  return { is: 'saved' as const, answer };
}

const pageSize = 25;

/** Each end of sign-ins of the last two days, where the caller is an RA manager, with every system's answer and the seconds it took. */
export const listAccessEnds = list({
  name: 'access-end.list',
  permission: 'access-end.read',
  params: z.object({}),
  input: z.strictObject({ organisation: z.string().max(10).optional(), waiting: z.literal('yes').optional(), after: z.uuid().optional() }),
  async run({ em, organisations, input: { organisation, waiting, after } }) {
    const wanted = organisation ? organisations.filter((each) => each === organisation) : organisations;
    const found = await accessEnds(em, { organisations: wanted, waiting: waiting === 'yes', after, limit: pageSize + 1 });
    const shown = found.ends.slice(0, pageSize);
    return {
      count: found.count,
      ends: shown.map(({ systems, ...each }) => ({
        ...each,
        reasonWords: endInWords(each.reason),
        systems: systems.map((system) => ({ ...system, answerWords: tellingWords[system.answer] })),
        slowest: slowestOf(systems),
      })),
      organisations: await placesToChoose(em, organisations),
      next: found.ends.length > pageSize ? (shown.at(-1)?.id ?? null) : null,
    };
  },
});

/** The seconds until the last system had been told; null while one has not, or there was none. */
function slowestOf(systems: ReadonlyArray<{ answer: string; seconds: number | null }>): number | null {
  const told = systems.filter(({ answer }) => answer !== 'takes-none');
  if (told.length === 0 || told.some(({ answer, seconds }) => answer !== 'told' || seconds === null)) return null;
  return Math.max(...told.map(({ seconds }) => seconds ?? 0));
}
