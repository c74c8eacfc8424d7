import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { crc32, deflateSync } from 'node:zlib';
import PDFDocument from 'pdfkit';
import sharp from 'sharp';

/** What no photograph that is kept may still hold. */
export const secret = 'TAKEN-AT-51.5N-0.1W';

const scene = (width: number, height: number) =>
  Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#c8d8e8"/>` +
      `<rect width="50%" height="50%" fill="#d02020"/></svg>`,
  );

const withSecrets = (width: number, height: number) =>
  sharp(scene(width, height))
    .withExif({ IFD0: { Copyright: secret }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 0/1' } })
    .withXmp(`<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf>${secret}</rdf></x:xmpmeta>`)
    .withIccProfile('p3');

/** A photograph as a camera makes it: place and owner in it, red in its top left corner. */
export const aJpeg = ({ width = 400, height = 300, orientation = 1 } = {}): Promise<Buffer> =>
  withSecrets(width, height)
    .withMetadata({ orientation })
    .withExifMerge({ IFD0: { Copyright: secret } })
    .jpeg()
    .toBuffer();

export const aPng = ({ width = 400, height = 300 } = {}): Promise<Buffer> => withSecrets(width, height).png().toBuffer();

/** Made by heif-enc of libheif 1.15 from a JPEG of 320 × 200 with `SECRET-EXIF` in its metadata. */
export const aHeic = (): Buffer => readFileSync(join(import.meta.dirname, '../adapters/photo/specimen.heic'));

export function aPdf({ pages = 1, password, size }: { pages?: number; password?: string; size?: [number, number] } = {}): Promise<Buffer> {
  const document = new PDFDocument({
    autoFirstPage: false,
    info: { Author: secret },
    ...(password === undefined ? {} : { userPassword: password }),
  });
  for (let page = 1; page <= pages; page += 1)
    document
      .addPage({ size: size ?? 'A4' })
      .fontSize(40)
      .text(`Statement, page ${page}`);
  document.end();
  return buffer(document);
}

/** A small file that says, truly, that it is a black picture of so many pixels each way. */
export function aPngBomb(side: number): Buffer {
  const row = Math.ceil(side / 8) + 1;
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header[8] = 1; // one bit a pixel, grey
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const pixels = deflateSync(Buffer.alloc(row * side), { level: 9 });
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]);
}

/** Something that is not red is white or blue: enough to know which way up a picture is. */
export async function isRedAt(jpeg: Uint8Array, at: { left: number; top: number }): Promise<boolean> {
  const pixel = await sharp(jpeg)
    .extract({ ...at, width: 1, height: 1 })
    .raw()
    .toBuffer();
  return (pixel[0] ?? 0) > 150 && (pixel[1] ?? 0) < 100;
}
