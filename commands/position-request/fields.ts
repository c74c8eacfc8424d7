/** What the commands of position requests have in common: what they take, and how they reach the workflow. */
import { z } from 'zod';
import { apartFrom } from '../../db/position-request/position-request-people.ts';
import { findPositionRequest } from '../../db/position-request/position-request.ts';
import { isDay } from '../../domain/days.ts';
import type { Apart, PositionRequest } from '../../domain/position-request.ts';

export const params = z.object({ id: z.uuid() });
export const workflowId = (id: string) => `position-request/${id}`;

export const day = (message: string) => z.string(message).refine(isDay, message);
export const words = (message: string) => z.string(message).trim().min(1, message).max(500, 'Enter 500 characters or fewer');

type Em = Parameters<typeof findPositionRequest>[0];
export type FoundRequest = PositionRequest & Apart & { organisationName: string };

/** A request with the people the rules keep apart from it. */
export async function findRequest(em: Em, { id }: { id: string }): Promise<FoundRequest> {
  const request = await findPositionRequest(em, id);
  const { checkedBy, issuers } = await apartFrom(em, request);
  return { ...request, checkedBy, issuers };
}
