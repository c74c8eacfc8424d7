/**
 * The decoding process: a file on standard input, what it is and the limits as arguments, the answer on the pipe that is its fourth file;
 * standard output is left to decoders that print.
 * Started by adapters/photo-decoder.ts for one file, and ended after it.
 */
import { Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { FoundProblem } from './problem.ts';
import { type Page, type Reply, writeReply } from './reply.ts';

const limitsSchema = z.object({ memoryBytes: z.number(), pixels: z.number(), side: z.number(), pages: z.number() });
type Limits = z.output<typeof limitsSchema>;
const kindSchema = z.enum(['jpeg', 'png', 'heic', 'pdf']);

/** Loads only the decoder that is needed; that it cannot be loaded is our fault, and not the file's. */
async function decoderOf(kind: z.output<typeof kindSchema>): Promise<(file: Uint8Array, limits: Limits) => Promise<Page[]>> {
  if (kind === 'pdf') return (await import('./pdf.ts')).fromPdf;
  const one = kind === 'heic' ? (await import('./heic.ts')).fromHeic : (await import('./picture.ts')).fromFile;
  return async (file, limits) => [await one(file, limits)];
}

async function answer(read: () => Promise<Page[]>): Promise<Reply> {
  try {
    return { ok: true, pages: await read() };
  } catch (error) {
    return { ok: false, problem: error instanceof FoundProblem ? error.problem : 'damaged' };
  }
}

const [kind, limits] = [kindSchema.parse(process.argv[2]), limitsSchema.parse(JSON.parse(process.argv[3] ?? ''))];
new Worker(new URL('watchdog.ts', import.meta.url), { workerData: { memoryBytes: limits.memoryBytes } });
const [read, file] = await Promise.all([decoderOf(kind), buffer(process.stdin)]);
const reply = await answer(() => read(new Uint8Array(file), limits));
new Socket({ fd: 3 }).end(writeReply(reply), () => process.exit(0));
