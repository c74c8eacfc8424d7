import { createHash } from 'node:crypto';
import { uuidOfHash } from '../domain/uuid.ts';

/** The same for the same text: what makes one row of however many tries. Say in the text what it is of. */
export const uuidOf = (text: string): string => uuidOfHash(createHash('sha256').update(text).digest('hex'));
