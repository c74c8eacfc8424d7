import { createHash } from 'node:crypto';
import { z } from 'zod';
import { uuidOfHash } from '../../domain/uuid.ts';

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

test('a hash makes one UUID of version 8, variant 1, and another hash another', () => {
  const made = ['a', 'b', 'c'].map((text) => uuidOfHash(hashOf(text)));
  for (const uuid of made) expect(z.uuidv4().safeParse(uuid).success).toBe(false);
  for (const uuid of made) expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(made).size).toBe(3);
  expect(uuidOfHash(hashOf('a'))).toBe(made[0]);
});

test('the ids of what was made before stay the same', () => {
  expect(uuidOfHash('0123456789abcdef0123456789abcdef')).toBe('01234567-89ab-8def-8123-456789abcdef');
});
