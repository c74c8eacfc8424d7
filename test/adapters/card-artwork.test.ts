import { inflateSync } from 'node:zlib';
import { PDFiumLibrary } from '@hyzyla/pdfium';
import { card, cardArtwork, layOut, NameNotPrintable, unprintableIn } from '../../adapters/card-artwork.ts';
import { aPhoto } from '../support/printing.ts';

const careId = '555000000001';
const artwork = (name: string) => cardArtwork({ name, careId, photo: aPhoto });

async function opened<A>(pdf: Buffer, look: (document: Awaited<ReturnType<PDFiumLibrary['loadDocument']>>) => A | Promise<A>): Promise<A> {
  const library = await PDFiumLibrary.init();
  try {
    const document = await library.loadDocument(pdf);
    const seen = await look(document);
    document.destroy();
    return seen;
  } finally {
    library.destroy();
  }
}
const textOf = (pdf: Buffer) => opened(pdf, (document) => document.getPage(0).getText());
/** A hyphen at the end of a line is read back as U+FFFE. */
const letters = (text: string) =>
  text
    .replace(/\uFFFE/g, '-')
    .replace(/\s/g, '')
    .normalize('NFC');

test('one side of a CR80 card: band, photograph, name and number', async () => {
  const pdf = await artwork('Siân O’Brien');
  const { pages, size } = await opened(pdf, (document) => ({
    pages: document.getPageCount(),
    size: document.getPage(0).getOriginalSize(),
  }));
  expect(pages).toBe(1);
  expect((size.originalWidth / 72) * 25.4).toBeCloseTo(card.widthMm, 1);
  expect((size.originalHeight / 72) * 25.4).toBeCloseTo(card.heightMm, 1);
  const text = await textOf(pdf);
  expect(text).toContain('NHS Care Identity Service');
  expect(text).toContain('Siân O’Brien');
  expect(text).toContain('5550 0000 0001');
  expect(pdf.toString('latin1')).toContain('/Subtype /Image');
});

test.each([
  ['one letter', 'X'],
  ['apostrophe and accents', 'Ngũgĩ wa Thiong’o-Þórðarson'],
  ['a hundred letters without a space', 'W'.repeat(100)],
  ['a hundred letters in words', Array(10).fill('Abcdefghi').join(' ')],
  ['Greek and Cyrillic', 'Ελένη Дмитриевна'],
  ['markup and formula', '=cmd|<script>alert(1)</script>'],
])('%s: every letter is on the card', async (_what, name) => {
  expect(letters(await textOf(await artwork(name)))).toContain(letters(name));
});

test('the whole name stays on the card and off the number', async () => {
  const pdf = await artwork('W'.repeat(100));
  const placed = [...contentOf(pdf).matchAll(/1 0 0 1 ([\d.]+) ([\d.]+) Tm/g)].map(([, x, y]) => ({ x: Number(x), y: Number(y) }));
  expect(placed.length).toBeGreaterThan(5);
  for (const { x, y } of placed) {
    expect(x).toBeGreaterThan(0);
    expect(y).toBeGreaterThan(5);
    expect(y).toBeLessThan((card.heightMm / 25.4) * 72);
  }
});

/** What the page draws, in the words of PDF. */
function contentOf(pdf: Buffer): string {
  const text = pdf.toString('latin1');
  const streams = [...text.matchAll(/stream\r?\n([\s\S]*?)\r?\nendstream/g)].map(([, body = '']) => Buffer.from(body, 'latin1'));
  const inflated = streams.flatMap((stream) => {
    try {
      return [inflateSync(stream).toString('latin1')];
    } catch {
      return [];
    }
  });
  return inflated.find((stream) => stream.includes(' Tm')) ?? '';
}

test('the same card is the same bytes, so that a second drawing is no other card', async () => {
  expect(await artwork('Ben Adeyemi')).toEqual(await artwork('Ben Adeyemi'));
});

test('a letter the font has no shape for is refused, not printed as a box', async () => {
  expect(unprintableIn('Ann 李 é')).toEqual(['李']);
  await expect(artwork('李')).rejects.toThrow(NameNotPrintable);
});

test('lines end at spaces and after hyphens, and inside a word only if they must', () => {
  const upTo = (length: number) => (line: string) => line.length <= length;
  expect(layOut('Anna Maria Smith-Jones', upTo(12))).toEqual({ lines: ['Anna Maria', 'Smith-Jones'], broken: false });
  expect(layOut('Smith-Jones', upTo(8))).toEqual({ lines: ['Smith-', 'Jones'], broken: false });
  expect(layOut('Wolfeschlegel', upTo(8))).toEqual({ lines: ['Wolfesch', 'legel'], broken: true });
});
