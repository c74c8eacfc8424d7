/**
 * What a manager does about an open case: try again now, remind, hand over, end. Each has a query that says first what it would do;
 * page and API ask both by the same rules.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { UpdateDefinition } from '@temporalio/common';
import { z } from 'zod';
import { recordAudit } from '../db/audit.ts';
import { findEnding, recordEndingAnswered, recordEndingAsked } from '../db/open-case/case-ending.ts';
import { once } from '../db/idempotency.ts';
import { failingMail, recordMailRetry } from '../db/mail/mail.ts';
import type { BoardCase } from '../db/open-case/open-case-board.ts';
import { namedPeople, whoCouldHaveIt, whoIsReminded } from '../db/open-case/open-case-people.ts';
import { endingReasons, isCaseKind, kinds } from '../domain/open-case.ts';
import { Refusal } from '../domain/refusal.ts';
import { endCase, handCaseTo, remindCase } from '../workflows/case.ts';
import type { Answer, Sent } from '../workflows/sent.ts';
import { type Asking, causeOf, command, uuidFrom } from './command.ts';
import { canBeginAgain, startAgain, startOperation } from './open-case-again.ts';
import { caseParams, type CaseSubject, findCase, shown } from './open-case.ts';
import { beginAgainNow, describeCase, failingActivities, isLost, retryNow } from './open-case-running.ts';
import { query } from './query.ts';
import { update } from './update.ts';
import { namesIn } from '../domain/names.ts';

type OpenSubject = CaseSubject & { open: BoardCase };
const nothing = z.object({}).strict();
const workflowId = ({ kind, id }: Pick<CaseSubject, 'kind' | 'id'>) => `${kind}/${id}`;

/** @throws {Refusal} NOT_FOUND; WRONG_STATE if the case is over */
const findOpen = async (em: EntityManager, params: z.output<typeof caseParams>): Promise<OpenSubject> =>
  stillOpen(await findCase(em, params));

/** What acts ask only when the key is new: whoever ended the case and sends that again is answered as before. */
function stillOpen<S extends CaseSubject>({ open, ...found }: S): Omit<S, 'open'> & OpenSubject {
  if (!open) throw over();
  return { ...found, open };
}
const over = () => new Refusal('WRONG_STATE', 'This case is over. Its story is still on its page');

const act = { permission: 'open-case.act', params: caseParams } as const;
const answered = ({ kind, id }: CaseSubject) => ({ kind, id });

/** What would be tried again. */
export const previewRetry = query({
  ...act,
  name: 'open-case.preview-retry',
  input: nothing,
  find: findOpen,
  async run({ em, subject, ...deps }) {
    const running = await describeCase(deps, workflowId(subject));
    return {
      ...subject,
      open: shown(subject.open),
      activities: failingActivities(running),
      /** Nothing runs for it: it would be begun again from the tables, if they hold what it needs. */
      lost: isLost(running),
      canBeginAgain: await canBeginAgain(em, subject, deps),
      letters: (await failingMail(em, subject)).map(({ id, template, attempts, error, nextTryAt, state }) => ({
        id,
        template,
        attempts,
        error,
        nextTryAt: state === 'queued' ? nextTryAt : null,
      })),
      away: running.is === 'away',
    };
  },
});

/** Tries again now what fails: activities of the workflow, and letters of the case. One that nothing runs for is begun again. */
export const retryCase = command({
  ...act,
  name: 'open-case.retry',
  input: nothing,
  find: findCase,
  async run({ em, ...asking }) {
    const subject = stillOpen(asking.subject);
    const running = await describeCase(asking, workflowId(subject));
    if (running.is === 'away') return { is: 'not-saved' };
    const activities = failingActivities(running);
    const letters = await failingMail(em, subject);
    const lost = isLost(running);
    if (!lost && activities.length + letters.length === 0)
      throw new Refusal('WRONG_STATE', 'Nothing of this case is failing, so there is nothing to try again');
    const took = lost
      ? await beginAgainNow(asking, await startAgain(em, subject, asking))
      : await retryNow(asking, workflowId(subject), activities);
    if (!took) return { is: 'not-saved' };
    const cause = causeOf('open-case.retry', asking, workflowId(subject));
    const answer = await once(em, asking.key, async (tx) => {
      await recordMailRetry(tx, subject);
      const tried = { activities: activities.map(({ type }) => type).join(' '), letters: String(letters.length) };
      const detail = { ...tried, ...(lost && { begun: 'again' }) };
      await recordAudit(tx, cause, {
        what: 'open-case.retry',
        subjectKind: subject.kind,
        subjectId: subject.id,
        organisation: subject.organisation,
        detail,
      });
      return answered(subject);
    });
    return { is: 'saved', answer };
  },
});

/** Whom a reminder would go to. */
export const previewReminder = query({
  ...act,
  name: 'open-case.preview-reminder',
  input: nothing,
  find: findOpen,
  run: async ({ em, subject }) => ({
    ...subject,
    open: shown(subject.open),
    people: await namedPeople(em, await whoIsReminded(em, subject.open)),
    toApplicant: subject.open.waitsFor === 'applicant',
  }),
});

export const remindOfCase = command({
  ...act,
  name: 'open-case.remind',
  input: nothing,
  find: findCase,
  async run(asking) {
    const { open } = stillOpen(asking.subject);
    if (open.waitsFor === 'printer')
      throw new Refusal('WRONG_STATE', 'This case waits for a printer, which cannot be reminded. Try again now instead');
    if (open.waitsFor !== 'applicant' && (await whoIsReminded(asking.em, open)).length === 0)
      throw new Refusal('NOBODY_CAN_DECIDE', 'Nobody is left to remind. Hand the case over, or end it');
    return send(asking, remindCase);
  },
});

/** Who could be given the case, by the rules of its kind. */
export const previewHandOver = query({
  ...act,
  name: 'open-case.preview-hand-over',
  input: nothing,
  find: findOpen,
  run: async ({ em, subject }) => ({
    ...subject,
    open: shown(subject.open),
    people: await namedPeople(em, await whoCouldHaveIt(em, subject.open)),
    would: isCaseKind(subject.kind) ? (kinds[subject.kind].handOver ?? null) : null,
  }),
});

export const handOverCase = command({
  ...act,
  name: 'open-case.hand-over',
  input: z.object({ to: z.uuid('Select who the case goes to') }).strict(),
  find: findCase,
  async run({ input: { to }, ...asking }) {
    const able = await whoCouldHaveIt(asking.em, stillOpen(asking.subject).open);
    if (!able.includes(to)) throw new Refusal('INVALID', 'Select one of the people who could have this case', { to });
    return send(asking, handCaseTo, { to });
  },
});

/** What ending would do, and whether a second person has to agree. */
export const previewEnd = query({
  ...act,
  name: 'open-case.preview-end',
  input: nothing,
  find: findOpen,
  run: async ({ em, subject, ...deps }) => {
    const lost = subject.open.lostSince !== null;
    return {
      ...subject,
      open: shown(subject.open),
      would: kinds[subject.kind].end,
      needsTwo: subject.open.holdsCard,
      /** Nothing runs for it: it is begun again from the tables, if they hold what it needs, only to be ended. */
      lost,
      canEnd: !lost || (await canBeginAgain(em, subject, deps)),
    };
  },
});

const reasons = namesIn(endingReasons);

/** Ends a case with a reason. One that holds a card is ended when a second manager agrees. */
export const endOpenCase = command({
  ...act,
  name: 'open-case.end',
  input: z
    .object({
      reason: z.enum(reasons, 'Select why the case is ended'),
      words: z.string('Enter what happened').trim().min(1, 'Enter what happened').max(500, 'Enter 500 characters or fewer'),
    })
    .strict(),
  find: findCase,
  async run({ input, ...asking }) {
    const { em, key } = asking;
    const subject = stillOpen(asking.subject);
    const { kind, id: caseId, organisation } = subject;
    const [ending, needsTwo] = [uuidFrom(key), subject.open.holdsCard];
    await recordEndingAsked(
      em,
      { id: ending, kind, caseId, organisation, needsTwo, ...input },
      causeOf('open-case.end', asking, workflowId(subject)),
    );
    return needsTwo ? { is: 'saved', answer: answered(subject) } : end(asking, ending);
  },
});

/** Where a second person answers. */
const endingParams = caseParams.extend({ ending: z.uuid() });
const findAsked = async (em: EntityManager, { ending, ...params }: z.output<typeof endingParams>) => ({
  ...(await findCase(em, params)),
  ending: await findEnding(em, params.kind, params.id, ending),
});

/** The second person agrees, and the case ends. */
export const agreeToEnd = command({
  ...act,
  name: 'open-case.agree-end',
  params: endingParams,
  input: nothing,
  find: findAsked,
  async run(asking) {
    const { em } = asking;
    const subject = stillOpen(asking.subject);
    await recordEndingAnswered(em, subject.ending, 'agreed', causeOf('open-case.agree-end', asking, workflowId(subject)));
    return end(asking, subject.ending.id);
  },
});

export const withdrawEnd = command({
  ...act,
  name: 'open-case.withdraw-end',
  params: endingParams,
  input: nothing,
  find: findAsked,
  async run(asking) {
    const { em, key } = asking;
    const subject = stillOpen(asking.subject);
    const cause = causeOf('open-case.withdraw-end', asking, workflowId(subject));
    const answer = await once(em, key, async (tx) => {
      await recordEndingAnswered(tx, subject.ending, 'withdrawn', cause);
      return answered(subject);
    });
    return { is: 'saved', answer };
  },
});

type Acting = Omit<Asking<unknown, CaseSubject>, 'input'>;

const end = (asking: Acting, ending: string) => send(asking, endCase, { ending });

/**
 * One act of the case's workflow, which records who asked for it. A case that nothing runs for is begun again from the tables to take
 * it, so that the act is judged and saved as always; one that runs is only sent the update.
 */
async function send<A extends unknown[]>(asking: Acting, act: UpdateDefinition<Answer<null>, [Sent, ...A]>, ...more: A) {
  const { temporal, actor, caller, key, em } = asking;
  const subject = stillOpen(asking.subject);
  const sent = { who: actor.id, via: caller.via, bodyHash: key.bodyHash };
  const beginning = await startAgain(em, subject, asking);
  return update<ReturnType<typeof answered>>(
    asking,
    async () => {
      const startWorkflowOperation = startOperation(beginning);
      const args: [Sent, ...A] = [sent, ...more];
      const started = { args, updateId: key.hash, waitForStage: 'ACCEPTED', startWorkflowOperation } as const;
      const handle = await temporal.workflow.startUpdateWithStart(act, started);
      return { ...handle, result: async () => ({ bodyHash: (await handle.result()).bodyHash, answer: answered(subject) }) };
    },
    async () => {
      throw over();
    },
  );
}
