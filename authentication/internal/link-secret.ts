import { createHmac } from 'node:crypto';

/** 256 bits that nobody can guess without the key, and the same each time for the same cause. */
export const linkSecret = (key: Uint8Array, causeId: string): string =>
  createHmac('sha256', key).update(`enrolment-link/${causeId}`).digest('base64url');
