/** From a refusal's code to a status of HTTP: the same on every edge. */
import type { RefusalCode } from '../domain/refusal.ts';

export const statuses: Record<RefusalCode, number> = {
  INVALID: 400,
  NOT_PERMITTED: 403,
  SAME_PERSON: 403,
  SIGN_IN_AGAIN: 403,
  NOT_FOUND: 404,
  CONFLICT_OF_ROLES: 409,
  NOBODY_CAN_DECIDE: 409,
  WRONG_STATE: 409,
  EXPIRED: 410,
  KEY_REUSED: 422,
  TOO_MANY_TRIES: 429,
};
