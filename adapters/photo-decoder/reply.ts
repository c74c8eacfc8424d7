/** What the decoding process answers: one line of JSON, then the JPEGs one after the other. */
import { z } from 'zod';

const head = z.discriminatedUnion('ok', [
  z.strictObject({
    ok: z.literal(true),
    pages: z.array(z.strictObject({ bytes: z.int().positive(), width: z.int().positive(), height: z.int().positive() })).min(1),
  }),
  z.strictObject({ ok: z.literal(false), problem: z.string() }),
]);

export interface Page {
  jpeg: Uint8Array;
  width: number;
  height: number;
}
export type Reply = { ok: true; pages: Page[] } | { ok: false; problem: string };

export function writeReply(reply: Reply): Buffer {
  if (!reply.ok) return Buffer.from(`${JSON.stringify(reply)}\n`);
  const pages = reply.pages.map(({ jpeg, width, height }) => ({ bytes: jpeg.length, width, height }));
  return Buffer.concat([Buffer.from(`${JSON.stringify({ ok: true, pages })}\n`), ...reply.pages.map(({ jpeg }) => jpeg)]);
}

/** @returns null unless the whole answer is there: the process may have been ended in the middle of it */
export function readReply(output: Buffer): Reply | null {
  const end = output.indexOf('\n');
  if (end < 0) return null;
  const read = head.parse(JSON.parse(output.subarray(0, end).toString('utf8')));
  if (!read.ok) return read;
  let at = end + 1;
  const pages = read.pages.map(({ bytes, width, height }) => {
    const jpeg = new Uint8Array(output.subarray(at, at + bytes));
    at += bytes;
    return { jpeg, width, height };
  });
  return at === output.length ? { ok: true, pages } : null;
}
