import type { EntityManager } from '@mikro-orm/postgresql';
import { z } from 'zod';
import {
  answersOf,
  asApplication,
  caseIdOf,
  findApplication,
  type Found,
  getOwnApplication,
  getOwnToSubmit,
} from '../db/application/application.ts';
import type { Cause } from '../db/audit.ts';
import { asDraft, documentsOf } from '../db/application/evidence.ts';
import { findOrganisation } from '../db/organisation/organisation.ts';
import { refuseUnlessComplete } from '../domain/application-answers.ts';
import { type Application, declineReasonNames, isOver, wrongState } from '../domain/application.ts';
import { nothingHere } from '../domain/refusal.ts';
import { type Act, actOnApplication, identityProofing, submitApplication } from '../workflows/identity-proofing.ts';
import type { Caller } from './caller.ts';
import { type Asking, causeOf, command, type Outcome } from './command.ts';
import { begin, update } from './update.ts';

/** An application as a permission is judged by: whoever speaks for it is its own id to the audit, whatever browser they use. */
export interface Own extends Found {
  application: string;
}

/** The caller's own application. @throws {Refusal} NOT_FOUND if they have none */
export const findOwn = (em: EntityManager, _params: unknown, caller: Caller): Promise<Own> => ownBy(getOwnApplication, em, caller);

async function ownBy(get: typeof getOwnApplication, em: EntityManager, { kind, id }: Caller): Promise<Own> {
  const row = kind === 'applicant' ? await get(em, id) : null;
  if (!row) throw nothingHere();
  return { ...(await findOrganisation(em, row.organisation)), row, application: id };
}

/** The cause of what an applicant does: the audit names the application, whatever browser they used. */
export const ownCause = (name: string, asking: Parameters<typeof causeOf>[1] & { subject: Own }): Cause => {
  const { id } = asking.subject.row;
  return { ...causeOf(name, asking, caseIdOf(id)), who: id };
};

/** Sends it in: from now on the workflow has it. */
export const submit = command({
  name: 'application.submit',
  permission: 'application.change',
  params: z.object({}),
  input: z.object({ declared: z.literal('yes', 'Confirm that what you told us is true') }).strict(),
  find: (em, _params, caller) => ownBy(getOwnToSubmit, em, caller),
  async run(asking) {
    const { em, identityProofingTerms, caller, key } = asking;
    const { row } = asking.subject;
    const { id } = row;
    if (row.state === 'draft') refuseUnlessComplete(answersOf(row), (await documentsOf(em, id)).map(asDraft));
    const sent = { who: id, via: caller.via, bodyHash: key.bodyHash };
    return begin(
      asking,
      {
        workflow: identityProofing,
        workflowId: caseIdOf(id),
        args: [id, identityProofingTerms],
        submit: submitApplication,
        sent: [sent],
        // A draft whose submission was refused may be sent in again. One that was sent in, the row's state refuses.
        reuse: 'ALLOW_DUPLICATE',
      },
      async () => asApplication(await em.refreshOrFail(row)),
    );
  },
});

/** Sends in what was added since. */
export const addEvidence = command({
  name: 'application.add-evidence',
  permission: 'application.change',
  params: z.object({}),
  input: z.object({}).strict(),
  find: findOwn,
  run: (asking) => act(asking, { action: 'add-evidence' }, asking.subject.row.id),
});

/** Says that what was asked for, and needs no document, was done. */
export const answerAsked = command({
  name: 'application.answer',
  permission: 'application.change',
  params: z.object({}),
  input: z.object({}).strict(),
  find: findOwn,
  run: (asking) => act(asking, { action: 'answer' }, asking.subject.row.id),
});

export const withdraw = command({
  name: 'application.withdraw',
  permission: 'application.change',
  params: z.object({}),
  input: z.object({ sure: z.literal('yes', 'Confirm that you want to withdraw') }).strict(),
  find: findOwn,
  run: (asking) => act(asking, { action: 'withdraw' }, asking.subject.row.id),
});

const params = z.object({ id: z.uuid() });
const find = (em: EntityManager, { id }: { id: string }) => findApplication(em, id);

/** "We expect this person": from now on an ID checker may take it. */
export const expect = command({
  name: 'application.expect',
  permission: 'application.expect',
  params,
  input: z.object({}).strict(),
  find,
  run: (asking) => act(asking, { action: 'expect' }, asking.actor.id),
});

/** A checker goes on with one that waits for its applicant: they came, or called. */
export const resume = command({
  name: 'application.resume',
  permission: 'identity-check.take',
  params,
  input: z.object({}).strict(),
  find,
  run: (asking) => act(asking, { action: 'resume' }, asking.actor.id),
});

export const decline = command({
  name: 'application.decline',
  permission: 'application.expect',
  params,
  input: z.object({ reason: z.enum(declineReasonNames, 'Select why you do not expect this person') }).strict(),
  find,
  run: (asking) => act(asking, { action: 'decline', reason: asking.input.reason }, asking.actor.id),
});

/** One step of an open application. When its workflow is over, says what became of it. */
function act(asking: Asking<unknown, Found>, args: Act, who: string): Promise<Outcome<Application>> {
  const { em, temporal, caller, key } = asking;
  const { row } = asking.subject;
  const { id } = row;
  return update<Application>(
    asking,
    () =>
      temporal.workflow
        .getHandle(caseIdOf(id))
        .startUpdate(actOnApplication, {
          args: [{ who, via: caller.via, bodyHash: key.bodyHash }, args],
          updateId: key.hash,
          waitForStage: 'ACCEPTED',
        }),
    async () => {
      const found = asApplication(await em.refreshOrFail(row));
      if (!isOver(found.state) && found.state !== 'draft') throw new Error(`${caseIdOf(id)} is open, and has no workflow`);
      throw wrongState(found);
    },
  );
}
