/**
 * A case that nothing runs for, begun again from the tables under its own id: its workflow was lost with Temporal's database, or failed.
 * Asked of a case that runs, it changes nothing there.
 */
import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { WithStartWorkflowOperation } from '@temporalio/client';
import { ApplicationRow } from '../db/application/application.ts';
import { CardIssueRow } from '../db/smartcard/card-issue.ts';
import { EnrolmentRow } from '../db/sign-in/enrolment.ts';
import { PositionRequestRow } from '../db/position-request/position-request.ts';
import { RenewalRow } from '../db/smartcard/renewal.ts';
import type { CaseKind } from '../domain/open-case.ts';
import { Refusal } from '../domain/refusal.ts';
import { cardIssue } from '../workflows/card-issue.ts';
import { enrolment } from '../workflows/enrolment.ts';
import { identityProofing } from '../workflows/identity-proofing.ts';
import { positionRequest } from '../workflows/position-request.ts';
import { renewal } from '../workflows/renewal.ts';
import type { Deps } from './deps.ts';

interface OfCase {
  kind: CaseKind;
  id: string;
}
type Terms = Pick<Deps, 'positionRequestTerms' | 'identityProofingTerms' | 'cardIssueTerms' | 'renewalTerms' | 'enrolmentTerms'>;
type Program = (...args: never[]) => Promise<unknown>;
interface Beginning {
  workflow: Program;
  /** Without the mark. */
  args: unknown[];
}

/** By kind: its program and what that starts from; null when the tables do not hold the case. */
const beginnings: Readonly<Record<CaseKind, (em: EntityManager, id: string, terms: Terms) => Promise<Beginning | null>>> = {
  'position-request': async (em, id, { positionRequestTerms }) =>
    (await em.count(PositionRequestRow, { id })) > 0 ? { workflow: positionRequest, args: [id, positionRequestTerms] } : null,
  'identity-proofing': async (em, id, { identityProofingTerms }) =>
    (await em.count(ApplicationRow, { id, state: { $ne: 'draft' }, removedAt: null })) > 0
      ? { workflow: identityProofing, args: [id, identityProofingTerms] }
      : null,
  'card-issue': async (em, id, { cardIssueTerms }) =>
    (await em.count(CardIssueRow, { id })) > 0 ? { workflow: cardIssue, args: [id, cardIssueTerms] } : null,
  enrolment: async (em, id, { enrolmentTerms }) =>
    (await em.count(EnrolmentRow, { id })) > 0 ? { workflow: enrolment, args: [id, enrolmentTerms] } : null,
  renewal: async (em, id, { renewalTerms }) => {
    const row = await em.findOne(RenewalRow, { id });
    return row && { workflow: renewal, args: [row.certificate, renewalTerms] };
  },
};

/** Whether the tables hold what it needs to go on. */
export const canBeginAgain = async (em: EntityManager, { kind, id }: OfCase, terms: Terms): Promise<boolean> =>
  (await beginnings[kind](em, id, terms)) !== null;

/**
 * To be sent with an update or by itself.
 *
 * @throws {Refusal} WRONG_STATE if the tables do not hold what it needs
 */
export async function startAgain(em: EntityManager, { kind, id }: OfCase, { taskQueue, ...terms }: Terms & Pick<Deps, 'taskQueue'>) {
  const beginning = await beginnings[kind](em, id, terms);
  if (!beginning) throw new Refusal('WRONG_STATE', cannotGoOn);
  const mark = randomUUID().slice(-12);
  return {
    workflow: beginning.workflow as (...args: unknown[]) => Promise<unknown>,
    options: {
      taskQueue,
      workflowId: `${kind}/${id}`,
      args: [...beginning.args, mark],
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    } as const,
  };
}

export const startOperation = ({ workflow, options }: Awaited<ReturnType<typeof startAgain>>) =>
  new WithStartWorkflowOperation(workflow, options);

export const cannotGoOn = 'Nothing is running for this case, and the tables do not hold what it needs to go on. Tell support';
