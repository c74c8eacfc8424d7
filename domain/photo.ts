/**
 * What files may be sent in as photographs of a person or a document, known by their first bytes and never by their name.
 * Shared by the pages, which say it, and the decoder (adapters/photo-decoder.ts), which insists on it.
 */
import { Refusal } from './refusal.ts';

export const photoKinds = { jpeg: 'JPEG', png: 'PNG', heic: 'HEIC', pdf: 'PDF' } as const;
export type PhotoKind = keyof typeof photoKinds;

export const largestPhotoBytes = 10 * 1024 * 1024;
/** Pixels that the photograph on a card needs: 25 × 33 mm, printed at 300 dots an inch, is 295 × 390. */
export const leastOwnPhoto = { width: 300, height: 400 } as const;
export const photoKindsInWords = 'JPEG, PNG, HEIC or PDF';

/** Why a file is no photograph that can be kept, and what to do about it. */
export const photoProblems = {
  none: 'Choose a file',
  empty: 'The file is empty. Choose another file',
  'too-large': 'The file must be 10 MB or smaller. Take the photograph again with a smaller size, or save it as a JPEG',
  'wrong-kind': `The file must be a ${photoKindsInWords}. Take a photograph or a scan, and choose that file`,
  damaged: 'The file cannot be read: it may be damaged or cut short. Take the photograph again, or save it as a JPEG',
  'too-small': `The photograph is too small to be printed on a card: it must be at least ${leastOwnPhoto.width} pixels wide and ${leastOwnPhoto.height} pixels high. Choose the original and not a copy from a message or a website, or take another`,
  'too-many-pixels': 'The picture is too large. Take the photograph again with a smaller size',
  'too-hard': 'The file takes too much to read. Take the photograph again, or save it as a JPEG',
  'too-many-pages': 'The PDF must have 10 pages or fewer. Save only the pages that matter',
  'no-pages': 'The PDF has no pages. Choose another file',
  password: 'The PDF is protected by a password. Save it without one, or take a photograph of it',
} as const;
export type PhotoProblem = keyof typeof photoProblems;

export const photoRefusal = (problem: PhotoProblem): Refusal => new Refusal('INVALID', photoProblems[problem], { problem });

/**
 * @throws {Refusal} INVALID if it is empty, larger than 10 MB, or begins like none of the four
 */
export function refuseUnlessPhoto(file: Uint8Array): PhotoKind {
  if (file.length === 0) throw photoRefusal('empty');
  if (file.length > largestPhotoBytes) throw photoRefusal('too-large');
  const kind = photoKindOf(file);
  if (kind === null) throw photoRefusal('wrong-kind');
  return kind;
}

/** HEIC brands of ISO/IEC 23008-12, annex B; mif1 and msf1 say only HEIF, and need one of the others beside them. */
const heicBrands = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx'];

export function photoKindOf(file: Uint8Array): PhotoKind | null {
  const begins = (...bytes: number[]) => bytes.every((byte, at) => file[at] === byte);
  if (begins(0xff, 0xd8, 0xff)) return 'jpeg';
  if (begins(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)) return 'png';
  if (textAt(file, 0, 5) === '%PDF-') return 'pdf';
  return textAt(file, 4, 4) === 'ftyp' && brandsOf(file).some((brand) => heicBrands.includes(brand)) ? 'heic' : null;
}

/** The major brand and those compatible with it, from the file type box (ISO/IEC 14496-12, section 4.3). */
function brandsOf(file: Uint8Array): string[] {
  const size = ((file[0] ?? 0) << 24) | ((file[1] ?? 0) << 16) | ((file[2] ?? 0) << 8) | (file[3] ?? 0);
  const end = Math.min(size, file.length, 256);
  const compatible = Array.from({ length: Math.max(0, Math.floor((end - 16) / 4)) }, (_unused, at) => textAt(file, 16 + 4 * at, 4));
  return [textAt(file, 8, 4), ...compatible];
}

const textAt = (file: Uint8Array, at: number, length: number) => String.fromCharCode(...file.subarray(at, at + length));
