import sharp from 'sharp';
import { createPhotoDecoder } from '../../adapters/photo-decoder.ts';
import { largestPhotoBytes, photoProblems, type PhotoProblem } from '../../domain/photo.ts';
import { aHeic, aJpeg, aPdf, aPng, aPngBomb, isRedAt, secret } from '../support/photos.ts';

const decoder = createPhotoDecoder();
const decoded = (file: Uint8Array) => decoder.decode(file);

const problemOf = (file: Uint8Array, with_ = decoder) =>
  with_.decode(file).then(
    () => 'decoded',
    (error: { code?: string; message: string; details: { problem: PhotoProblem } }) => {
      if (error.code !== 'INVALID') throw error;
      expect(error.message).toBe(photoProblems[error.details.problem]);
      return error.details.problem;
    },
  );

async function onlyPage(file: Uint8Array) {
  const { kind, pages } = await decoded(file);
  expect(pages).toHaveLength(1);
  return { kind, ...pages[0]! };
}

async function expectNoMetadata(jpeg: Uint8Array) {
  const { format, exif, xmp, icc, iptc, orientation, comments } = await sharp(jpeg).metadata();
  expect({ format, exif, xmp, icc, iptc, orientation, comments }).toEqual({ format: 'jpeg' });
  for (const hidden of [secret, 'SECRET-EXIF', 'Exif', 'rdf', 'ICC_PROFILE']) expect(Buffer.from(jpeg).includes(hidden)).toBe(false);
}

test('a JPEG with place and owner in it comes out as a JPEG without them', async () => {
  const file = await aJpeg();
  expect(file.includes(secret)).toBe(true);
  const { kind, jpeg, width, height } = await onlyPage(file);
  expect({ kind, width, height }).toEqual({ kind: 'jpeg', width: 400, height: 300 });
  await expectNoMetadata(jpeg);
});

test('a photograph taken on its side comes out upright', async () => {
  const { jpeg, width, height } = await onlyPage(await aJpeg({ orientation: 6 }));
  expect({ width, height }).toEqual({ width: 300, height: 400 });
  expect(await isRedAt(jpeg, { left: 290, top: 10 })).toBe(true);
  expect(await isRedAt(jpeg, { left: 10, top: 10 })).toBe(false);
});

test('a PNG comes out as a JPEG, what is transparent as white', async () => {
  const { kind, jpeg } = await onlyPage(await aPng());
  expect(kind).toBe('png');
  await expectNoMetadata(jpeg);
  const clear = await sharp({ create: { width: 20, height: 20, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } })
    .png()
    .toBuffer();
  const pixel = await sharp((await onlyPage(clear)).jpeg)
    .raw()
    .toBuffer();
  expect(pixel[0]).toBeGreaterThan(250);
});

test('a HEIC as telephones make it comes out as a JPEG', async () => {
  const file = aHeic();
  expect(file.includes('SECRET-EXIF')).toBe(true);
  const { kind, jpeg, width, height } = await onlyPage(file);
  expect({ kind, width, height }).toEqual({ kind: 'heic', width: 320, height: 200 });
  await expectNoMetadata(jpeg);
  expect(await isRedAt(jpeg, { left: 20, top: 20 })).toBe(true);
});

test('a PDF comes out as a picture of each page', async () => {
  const { kind, pages } = await decoded(await aPdf({ pages: 2 }));
  expect(kind).toBe('pdf');
  expect(pages.map(({ width, height }) => [width, height])).toEqual([
    [1652, 2336],
    [1652, 2336],
  ]);
  for (const { jpeg } of pages) {
    await expectNoMetadata(jpeg);
    const { channels } = await sharp(jpeg).stats();
    expect(channels[0]!.min).toBeLessThan(50); // the text was drawn
  }
});

test('a large picture comes out no larger than is needed to read it', async () => {
  const { width, height } = await onlyPage(await aJpeg({ width: 5000, height: 2500 }));
  expect({ width, height }).toEqual({ width: 3000, height: 1500 });
});

test('exactly 10 MB is read, and one byte more is not', async () => {
  const photo = await aJpeg();
  const padded = (to: number) => Buffer.concat([photo, Buffer.alloc(to - photo.length)]);
  expect(await problemOf(padded(largestPhotoBytes))).toBe('decoded');
  expect(await problemOf(padded(largestPhotoBytes + 1))).toBe('too-large');
});

test.each<[string, Uint8Array]>([
  ['words', Buffer.from('This is not a picture')],
  ['a page', Buffer.from('<!doctype html><script>alert(1)</script>')],
  ['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>')],
  ['a GIF', Buffer.from('GIF89a\x01\x00\x01\x00\x00\x00\x00;', 'latin1')],
  ['a ZIP', Buffer.from('PK\x03\x04\x14\x00', 'latin1')],
  ['an AVIF', Buffer.from('\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1miaf', 'latin1')],
  ['a film', Buffer.from('\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom', 'latin1')],
  ['a program', Buffer.from('\x7fELF\x02\x01\x01', 'latin1')],
  ['a JPEG with something before it', Buffer.from([0, 0xff, 0xd8, 0xff, 0xe0])],
  ['one byte', Buffer.from([0xff])],
])('%s is no photograph, whatever its name', async (_what, file) => {
  expect(await problemOf(file)).toBe('wrong-kind');
});

test('an empty file is said to be empty', async () => {
  expect(await problemOf(new Uint8Array())).toBe('empty');
});

test('files that only begin right, or are cut short, are damaged', async () => {
  const [jpeg, png, pdf] = await Promise.all([aJpeg(), aPng(), aPdf()]);
  const half = (file: Buffer) => file.subarray(0, file.length / 2);
  const files = [
    half(jpeg),
    half(png),
    half(aHeic()),
    jpeg.subarray(0, 3),
    png.subarray(0, 8),
    pdf.subarray(0, 9),
    Buffer.from('%PDF-1.7\nno more'),
  ];
  for (const file of files) expect(await problemOf(file)).toBe('damaged');
});

test('a picture small as a file and vast as a picture is refused before it is decoded', async () => {
  const bomb = aPngBomb(30_000);
  expect(bomb.length).toBeLessThan(300_000);
  const started = performance.now();
  expect(await problemOf(bomb)).toBe('too-many-pixels');
  expect(performance.now() - started).toBeLessThan(10_000);
});

test('what takes more memory than it may is ended', async () => {
  const tight = createPhotoDecoder({ memoryBytes: 220 * 1024 ** 2 });
  const interlaced = await sharp({ create: { width: 6000, height: 6000, channels: 4, background: 'red' } })
    .png({ progressive: true })
    .toBuffer();
  expect(await problemOf(interlaced, tight)).toBe('too-hard');
  expect(await problemOf(await aJpeg(), tight)).toBe('decoded');
});

test('what takes longer than it may is ended', async () => {
  const hasty = createPhotoDecoder({ timeoutMs: 50 });
  expect(await problemOf(await aJpeg(), hasty)).toBe('too-hard');
});

test('of a file that is two things at once, only the picture is left', async () => {
  const photo = await aJpeg();
  const page = Buffer.from('<html><script>alert("both")</script></html>');
  const archive = Buffer.from('PK\x03\x04 both.zip PK\x05\x06', 'latin1');
  const { jpeg } = await onlyPage(Buffer.concat([photo, page, archive]));
  expect(Buffer.from(jpeg).includes('both')).toBe(false);
  const inside = Buffer.concat([photo.subarray(0, 2), Buffer.from([0xff, 0xfe, 0, page.length + 2]), page, photo.subarray(2)]);
  expect(Buffer.from((await onlyPage(inside)).jpeg).includes('script')).toBe(false);
});

test('PDFs: too many pages, a password, a page as large as a house', async () => {
  expect(await problemOf(await aPdf({ pages: 11 }))).toBe('too-many-pages');
  expect(await problemOf(await aPdf({ password: 'secret' }))).toBe('password');
  const { width, height } = await onlyPage(await aPdf({ size: [14_400, 7200] }));
  expect([width, height]).toEqual([3000, 1500]);
});

test('many at once take their turns', async () => {
  const [jpeg, png] = await Promise.all([aJpeg(), aPng()]);
  const files = [jpeg, png, Buffer.from('no'), jpeg, png];
  expect(await Promise.all(files.map((file) => problemOf(file)))).toEqual(['decoded', 'decoded', 'wrong-kind', 'decoded', 'decoded']);
});
