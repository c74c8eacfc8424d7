/** Receives files of a form into memory, at most 10 MB each. What they are is judged by decoding them, elsewhere. */
import type { Request, Response } from 'express';
import multer from 'multer';
import type { Upload } from '../commands/command.ts';
import { largestPhotoBytes } from '../domain/photo.ts';

declare module 'express-serve-static-core' {
  interface Request {
    received?: { files: Record<string, Upload[]>; errors: Array<{ field: string; text: string }> };
  }
}

export interface Uploads {
  /**
   * Reads a body with files into memory, and holds its place until the answer is sent. Whoever calls it knows who sends it, and that
   * they may.
   *
   * @param asked.fields field names, and the most files of each @param asked.whose id of the caller
   * @returns busy when as many as may be are under way: then nothing is read
   */
  receive(req: Request, res: Response, asked: { fields: Readonly<Record<string, number>>; whose: string }): Promise<'received' | 'busy'>;
}

/** Of one caller at once: a form sent twice by an impatient hand. */
const atOnceOfOne = 2;

/** @param atOnce how many bodies with files this process holds at once: each may be 60 MB */
export function createUploads(atOnce: number): Uploads {
  const underWay: string[] = [];
  const isFull = (whose: string) => underWay.length >= atOnce || underWay.filter((each) => each === whose).length >= atOnceOfOne;
  return {
    async receive(req, res, { fields, whose }) {
      if (!req.is('multipart/form-data')) return 'received';
      if (isFull(whose) || res.closed) return 'busy';
      underWay.push(whose);
      res.once('close', () => underWay.splice(underWay.indexOf(whose), 1));
      await parsed(req, res, fields);
      return 'received';
    },
  };
}

function parsed(req: Request, res: Response, uploads: Readonly<Record<string, number>>): Promise<void> {
  const fields = Object.entries(uploads).map(([name, maxCount]) => ({ name, maxCount }));
  const limits = {
    fileSize: largestPhotoBytes,
    files: fields.reduce((sum, { maxCount }) => sum + maxCount, 0),
    fields: 100,
    fieldSize: 100_000,
  };
  const parse = multer({ storage: multer.memoryStorage(), limits }).fields(fields);
  return new Promise((resolve) => {
    parse(req, res, (error: unknown) => {
      req.received = { files: filesOf(req.files), errors: [] };
      if (error) req.received.errors.push({ field: fieldOf(error), text: textFor(error) });
      resolve();
    });
  });
}

function filesOf(files: unknown): Record<string, Upload[]> {
  const given = (files ?? {}) as Record<string, Array<{ originalname: string; buffer: Buffer }>>;
  return Object.fromEntries(
    Object.entries(given).map(([field, uploads]) => [
      field,
      uploads.filter(({ buffer }) => buffer.length > 0).map(({ originalname, buffer }) => ({ name: originalname, bytes: buffer })),
    ]),
  );
}

const fieldOf = (error: unknown) => (error instanceof multer.MulterError && error.field) || '';

/** Whatever went wrong is the sender's: nothing is written anywhere, so that nothing of ours can fail. */
function textFor(error: unknown): string {
  const code = error instanceof multer.MulterError ? error.code : undefined;
  if (code === 'LIMIT_FILE_SIZE')
    return 'The file must be smaller than 10 MB. Take the photograph again at a lower quality, or choose another file';
  if (code === 'LIMIT_UNEXPECTED_FILE' || code === 'LIMIT_FILE_COUNT') return 'Choose fewer files';
  return 'The file could not be received. Choose it again';
}
