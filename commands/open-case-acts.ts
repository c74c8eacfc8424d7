/**
 * What a manager does about an open case: try again now, remind, hand over, end. Each has a query that says first what it would do;
 * page and API ask both by the same rules.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { WorkflowHandle, WorkflowUpdateHandle } from '@temporalio/client';
import { z } from 'zod';
import { recordAudit } from '../db/audit.ts';
import { findEnding, recordEndingAnswered, recordEndingAsked } from '../db/case-ending.ts';
import { once } from '../db/idempotency.ts';
import { failingMail, recordMailRetry } from '../db/mail.ts';
import type { BoardCase } from '../db/open-case-board.ts';
import { namedPeople, whoCouldHaveIt, whoIsReminded } from '../db/open-case-people.ts';
import { endingReasons, isCaseKind, kinds } from '../domain/open-case.ts';
import { Refusal } from '../domain/refusal.ts';
import { endCase, handCaseTo, remindCase } from '../workflows/case.ts';
import type { Answer, Sent } from '../workflows/sent.ts';
import { type Asking, causeOf, command, uuidFrom } from './command.ts';
import { caseParams, type CaseSubject, findCase, shown } from './open-case.ts';
import { describeCase, failingActivities, retryNow } from './open-case-running.ts';
import { query } from './query.ts';
import { update } from './update.ts';

type OpenSubject = CaseSubject & { open: BoardCase };
const nothing = z.object({}).strict();
const workflowId = ({ kind, id }: Pick<CaseSubject, 'kind' | 'id'>) => `${kind}/${id}`;

/** @throws {Refusal} NOT_FOUND; WRONG_STATE if the case is over */
async function findOpen(em: EntityManager, params: z.output<typeof caseParams>): Promise<OpenSubject> {
  const { open, ...found } = await findCase(em, params);
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

/** Tries again now what fails: activities of the workflow, and letters of the case. */
export const retryCase = command({
  ...act,
  name: 'open-case.retry',
  input: nothing,
  find: findOpen,
  async run({ em, subject, ...asking }) {
    const running = await describeCase(asking, workflowId(subject));
    if (running.is === 'away') return { is: 'not-saved' };
    const activities = failingActivities(running);
    const letters = await failingMail(em, subject);
    if (activities.length + letters.length === 0)
      throw new Refusal('WRONG_STATE', 'Nothing of this case is failing, so there is nothing to try again');
    if (!(await retryNow(asking, workflowId(subject), activities))) return { is: 'not-saved' };
    const cause = causeOf('open-case.retry', asking, workflowId(subject));
    const answer = await once(em, asking.key, async (tx) => {
      await recordMailRetry(tx, subject);
      const detail = { activities: activities.map(({ type }) => type).join(' '), letters: String(letters.length) };
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
  find: findOpen,
  async run(asking) {
    const { open } = asking.subject;
    if (open.waitsFor === 'printer')
      throw new Refusal('WRONG_STATE', 'This case waits for a printer, which cannot be reminded. Try again now instead');
    if (open.waitsFor !== 'applicant' && (await whoIsReminded(asking.em, open)).length === 0)
      throw new Refusal('NOBODY_CAN_DECIDE', 'Nobody is left to remind. Hand the case over, or end it');
    return send(asking, (handle, sent, options) => handle.startUpdate(remindCase, { args: [sent], ...options }));
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
  find: findOpen,
  async run({ input: { to }, ...asking }) {
    const able = await whoCouldHaveIt(asking.em, asking.subject.open);
    if (!able.includes(to)) throw new Refusal('INVALID', 'Select one of the people who could have this case', { to });
    return send(asking, (handle, sent, options) => handle.startUpdate(handCaseTo, { args: [sent, { to }], ...options }));
  },
});

/** What ending would do, and whether a second person has to agree. */
export const previewEnd = query({
  ...act,
  name: 'open-case.preview-end',
  input: nothing,
  find: findOpen,
  run: async ({ subject }) => ({ ...subject, open: shown(subject.open), would: kinds[subject.kind].end, needsTwo: subject.open.holdsCard }),
});

const reasons = Object.keys(endingReasons) as [keyof typeof endingReasons];

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
  find: findOpen,
  async run({ input, ...asking }) {
    const { em, subject, key } = asking;
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
  ...(await findOpen(em, params)),
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
    const { em, subject } = asking;
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
    const { em, subject, key } = asking;
    const cause = causeOf('open-case.withdraw-end', asking, workflowId(subject));
    const answer = await once(em, key, async (tx) => {
      await recordEndingAnswered(tx, subject.ending, 'withdrawn', cause);
      return answered(subject);
    });
    return { is: 'saved', answer };
  },
});

type Acting = Omit<Asking<unknown, OpenSubject>, 'input'>;
type Start = (
  handle: WorkflowHandle,
  sent: Sent,
  options: { updateId: string; waitForStage: 'ACCEPTED' },
) => Promise<WorkflowUpdateHandle<Answer<null>>>;

const end = (asking: Acting, ending: string) =>
  send(asking, (handle, sent, options) => handle.startUpdate(endCase, { args: [sent, { ending }], ...options }));

/** One act of the case's workflow, which records who asked for it. */
function send({ temporal, actor, caller, key, subject, ...asking }: Acting, start: Start) {
  const sent = { who: actor.id, via: caller.via, bodyHash: key.bodyHash };
  return update<ReturnType<typeof answered>>(
    { ...asking, temporal, key },
    async () => {
      const handle = await start(temporal.workflow.getHandle(workflowId(subject)), sent, { updateId: key.hash, waitForStage: 'ACCEPTED' });
      return { ...handle, result: async () => ({ bodyHash: (await handle.result()).bodyHash, answer: answered(subject) }) };
    },
    async () => {
      if ((await findCase(asking.em, subject)).open) throw lost();
      throw over();
    },
  );
}

const lost = () => new Refusal('WRONG_STATE', 'Nothing is running for this case, so it cannot take this. Tell support');
