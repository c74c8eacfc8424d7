/** What a workflow that was begun again goes on from: the rows of its case, and what was told of its present state already. */
import { fraudAskedOf } from '../db/identity-check/fraud-question.ts';
import { asApplication, findApplication } from '../db/application/application.ts';
import { toldSince } from '../db/audit.ts';
import { getCardIssue } from '../db/smartcard/card-issue.ts';
import { recordTakenUp } from '../db/open-case/open-case.ts';
import { findPositionRequest } from '../db/position-request/position-request.ts';
import type { Application } from '../domain/application.ts';
import type { CardIssue } from '../domain/card-issue.ts';
import type { PositionRequest, Tick } from '../domain/position-request.ts';
import { causeOf } from './cause.ts';
import type { Deps } from './deps.ts';

const system = { who: 'system', via: 'workflow' } as const;

/** Each leaves the record that it was begun again, once however often it is tried. A renewal goes by its rows in any case. */
export const takingUpActivities = ({ orm }: Pick<Deps, 'orm'>) => ({
  async takeUpPositionRequest(id: string): Promise<{ request: PositionRequest; told: Tick[] }> {
    return orm.em.fork().transactional(async (em) => {
      const { organisationName: _, ...request } = await findPositionRequest(em, id);
      await recordTakenUp(em, { kind: 'position-request', ...request }, causeOf(system));
      const told = await toldSince(em, `position-request/${id}`, new Date(request.changedAt));
      return { request, told: ticks.filter((tick) => told.includes(`position-request.${tick}`)) };
    });
  },

  async takeUpApplication(id: string): Promise<{ application: Application; isReminded: boolean; isAsking: boolean }> {
    return orm.em.fork().transactional(async (em) => {
      const { row } = await findApplication(em, id);
      await recordTakenUp(em, { kind: 'identity-proofing', id, organisation: row.organisation }, causeOf(system));
      const told = await toldSince(em, `identity-proofing/${id}`, row.changedAt);
      const asked = await fraudAskedOf(em, id);
      return {
        application: asApplication(row),
        isReminded: told.includes('application.remind'),
        isAsking: asked !== null && asked.answeredAt === null,
      };
    });
  },

  /** @returns also when it is due (ISO), as it was said when it began */
  async takeUpCardIssue(id: string): Promise<{ issue: CardIssue; due: string | null }> {
    return orm.em.fork().transactional(async (em) => {
      const issue = await getCardIssue(em, id);
      const due = await recordTakenUp(em, { kind: 'card-issue', id, organisation: issue.organisation }, causeOf(system));
      return { issue, due: due?.toISOString() ?? null };
    });
  },
});

const ticks = ['remind', 'escalate'] as const;
