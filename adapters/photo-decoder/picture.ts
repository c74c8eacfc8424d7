/** JPEG, PNG and raw pixels to a JPEG of our own: upright, sRGB, no larger than asked, without any metadata. */
import sharp, { type Sharp } from 'sharp';
import { FoundProblem } from './problem.ts';

// Of everything libvips can load only these two: the rest (SVG, TIFF, GIF …) never meets a file somebody sent in.
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: ['VipsForeignLoadJpegBuffer', 'VipsForeignLoadPngBuffer'] });
sharp.cache(false);
sharp.concurrency(1);

export interface PictureLimits {
  readonly pixels: number;
  readonly side: number;
}

export async function fromFile(file: Uint8Array, limits: PictureLimits) {
  const { width, height } = await sharp(file, { limitInputPixels: false }).metadata(); // reads the head only
  refuseTooMany(width, height, limits);
  return toJpeg(sharp(file, { limitInputPixels: limits.pixels, failOn: 'error' }).autoOrient(), limits);
}

/** @param pixels red, green, blue and alpha, a byte each */
export const fromPixels = (pixels: { data: Uint8Array | Uint8ClampedArray; width: number; height: number }, limits: PictureLimits) => {
  const { data, width, height } = pixels;
  return toJpeg(sharp(data, { raw: { width, height, channels: 4 }, limitInputPixels: limits.pixels }), limits);
};

export function refuseTooMany(width: number, height: number, { pixels }: PictureLimits): void {
  if (width * height > pixels) throw new FoundProblem('too-many-pixels');
}

async function toJpeg(picture: Sharp, { side }: PictureLimits) {
  const { data, info } = await picture
    .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
    .flatten({ background: 'white' })
    .toColourspace('srgb')
    .jpeg({ quality: 85, chromaSubsampling: '4:4:4' })
    .toBuffer({ resolveWithObject: true });
  return { jpeg: new Uint8Array(data), width: info.width, height: info.height };
}
