/**
 * The proof that a form was on a page of ours: made from a cookie that other sites cannot read and the person the page was for.
 * Nothing is kept for it, so that a form outlives its session, and Redis.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** For pages shown to nobody in particular. */
const nobody = 'nobody';

const proofOf = (key: Uint8Array, browser: string, person: string) =>
  createHmac('sha256', key)
    .update(JSON.stringify(['form', browser, person]))
    .digest('base64url');

/** @param browser what the cookie holds */
export const csrfFor = (key: Uint8Array, browser: string, person: string = nobody) => `${person}.${proofOf(key, browser, person)}`;

/** @returns whom the page was for, null for nobody in particular; undefined if it was not a page of ours in this browser */
export function readCsrf(key: Uint8Array, browser: string, given: unknown): string | null | undefined {
  if (typeof given !== 'string') return undefined;
  const [person = '', proof = ''] = given.split('.');
  const expected = Buffer.from(proofOf(key, browser, person));
  const shown = Buffer.from(proof);
  if (shown.length !== expected.length || !timingSafeEqual(shown, expected)) return undefined;
  return person === nobody ? null : person;
}
