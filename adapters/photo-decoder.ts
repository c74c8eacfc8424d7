/**
 * Turns a file somebody sent in into JPEGs of our own making, without metadata, in a process of its own: what a hostile file
 * can do there is use up its time and memory, which are limited, and crash it. It has no settings, no network code and no key.
 */
import { spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { photoProblems, photoRefusal, type PhotoKind, type PhotoProblem, refuseUnlessPhoto } from '../domain/photo.ts';
import { oneOfFew } from './photo-decoder/one-of-few.ts';
import { readReply } from './photo-decoder/reply.ts';

export interface PhotoPage {
  /** JPEG, baseline, sRGB, upright. */
  readonly jpeg: Uint8Array;
  readonly width: number;
  readonly height: number;
}

export interface DecodedPhoto {
  /** What the file was. */
  readonly kind: PhotoKind;
  /** One, or for a PDF each page of it. */
  readonly pages: readonly PhotoPage[];
}

export interface PhotoDecoder {
  /**
   * @param file the whole file; its name and declared type are not asked for, as they prove nothing
   * @throws {Refusal} INVALID, in words that say what to do
   */
  decode(file: Uint8Array): Promise<DecodedPhoto>;
}

export interface DecoderLimits {
  readonly timeoutMs: number;
  /** Resident memory of the decoding process, native parts too. */
  readonly memoryBytes: number;
  /** Of one picture, before it is decoded. */
  readonly pixels: number;
  readonly pages: number;
  /** The longer side of what comes out. */
  readonly side: number;
  /** How many decode at once; the others wait their turn. */
  readonly atOnce: number;
}

/** A telephone's 50 megapixels pass; a page of a PDF is drawn to `side`. */
export const usualLimits: DecoderLimits = {
  timeoutMs: 20_000,
  memoryBytes: 1024 ** 3,
  pixels: 60_000_000,
  pages: 10,
  side: 3000,
  atOnce: 2,
};

const program = fileURLToPath(new URL('photo-decoder/decode.ts', import.meta.url));
const project = fileURLToPath(new URL('..', import.meta.url));

export function createPhotoDecoder(changed: Partial<DecoderLimits> = {}): PhotoDecoder {
  const limits = { ...usualLimits, ...changed };
  const inTurn = oneOfFew(limits.atOnce);
  return {
    async decode(file) {
      const kind = refuseUnlessPhoto(file);
      const pages = await inTurn(() => decodeApart(kind, file, limits));
      return { kind, pages };
    },
  };
}

/** Node's permission model keeps the process from writing files and from starting others; it reads this project only. */
const restrictions = [
  '--permission',
  `--allow-fs-read=${project}`,
  '--allow-addons',
  '--allow-worker',
  '--max-old-space-size=256',
  '--no-warnings',
];

/** Nothing of ours; libvips keeps large pictures in memory, where they are counted, and writes none to a disk. */
const environment = { VIPS_DISC_THRESHOLD: '1000g' };

async function decodeApart(kind: PhotoKind, file: Uint8Array, limits: DecoderLimits): Promise<PhotoPage[]> {
  const { exit, output, errors, late } = await runApart([kind, JSON.stringify(limits)], file, limits.timeoutMs);
  const reply = readReply(output);
  if (reply?.ok) return reply.pages;
  if (reply && isPhotoProblem(reply.problem)) throw photoRefusal(reply.problem);
  if (late || exit === 'SIGKILL') throw photoRefusal('too-hard');
  if (crashes.has(exit)) throw photoRefusal('damaged');
  throw new Error(`The photo decoder ended with ${exit}: ${errors}`);
}

/** A crash is what a hostile or broken file does to a decoder; anything else that was not answered is a fault of ours. */
const crashes = new Set(['SIGABRT', 'SIGSEGV', 'SIGBUS', 'SIGILL', 'SIGTRAP', 'SIGFPE', '134', '139']);
const isPhotoProblem = (text: string): text is PhotoProblem => Object.hasOwn(photoProblems, text);

interface Ended {
  exit: string;
  output: Buffer;
  errors: string;
  late: boolean;
}

function runApart(args: readonly string[], input: Uint8Array, timeoutMs: number): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...restrictions, program, ...args], {
      env: environment,
      cwd: project,
      stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    });
    const [stdin, , stderr, reply] = child.stdio as unknown as [Writable, null, Readable, Readable];
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    reply.on('data', (chunk: Buffer) => output.push(chunk));
    stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    stdin.on('error', () => {}); // it ended before it read everything: how it ended says why
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      const said = Buffer.concat(errors).toString('utf8').slice(-500);
      resolve({ exit: signal ?? String(code), output: Buffer.concat(output), errors: said, late });
    });
    stdin.end(input);
  });
}
