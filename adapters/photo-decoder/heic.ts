/** HEIC, as telephones write it: its first picture, turned and cropped as the file says. */
import heic from 'heic-decode';
import { fromPixels, type PictureLimits, refuseTooMany } from './picture.ts';
import { FoundProblem } from './problem.ts';

export async function fromHeic(file: Uint8Array, limits: PictureLimits) {
  const pictures = await heic.all({ buffer: file });
  try {
    const [first] = pictures;
    if (!first) throw new FoundProblem('damaged');
    refuseTooMany(first.width, first.height, limits);
    return await fromPixels(await first.decode(), limits);
  } finally {
    pictures.dispose();
  }
}
