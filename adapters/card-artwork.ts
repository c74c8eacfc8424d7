/** What is printed on a card: CR80 (ISO/IEC 7810 ID-1), one side, as a PDF of one page. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import PDFDocument from 'pdfkit';

const pointsPerMm = 72 / 25.4;
const mm = (length: number) => length * pointsPerMm;

export const card = { widthMm: 85.6, heightMm: 54 } as const;

const fonts = join(dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')), 'ttf');
const bold = join(fonts, 'DejaVuSans-Bold.ttf');
const plain = join(fonts, 'DejaVuSans.ttf');

const nhsBlue = '#005eb8';
const ink = '#212b32';

const band = { height: mm(11) };
const face = { x: mm(4), y: mm(15), width: mm(25), height: mm(33) };
const words = { x: mm(32.5), y: mm(15), width: mm(49.5), height: mm(22) };
const number = { x: mm(32.5), y: mm(40), width: mm(49.5) };

export interface Artwork {
  /** As it stands on the card. */
  name: string;
  /** 12 digits. */
  careId: string;
  /** JPEG or PNG; filled into its frame, never stretched. */
  photo: Buffer;
}

/**
 * The same bytes for the same card: no date is in it.
 *
 * @throws {NameNotPrintable}
 */
export async function cardArtwork({ name, careId, photo }: Artwork): Promise<Buffer> {
  if (unprintableIn(name).length > 0) throw new NameNotPrintable('a letter of the name is not in the font');
  const doc = new PDFDocument({
    size: [mm(card.widthMm), mm(card.heightMm)],
    margin: 0,
    info: { Title: 'Smartcard', CreationDate: new Date(0) },
    lang: 'en-GB',
  });
  const chunks: Buffer[] = [];
  const whole = new Promise<Buffer>((resolve, reject) => {
    doc.on('data', (chunk: Buffer) => void chunks.push(chunk));
    doc.on('end', () => resolve(Buffer.concat(chunks)));
    doc.on('error', reject);
  });
  drawBand(doc);
  drawFace(doc, photo);
  drawName(doc, name);
  drawNumber(doc, careId);
  doc.end();
  return whole;
}

type Document = InstanceType<typeof PDFDocument>;

function drawBand(doc: Document): void {
  doc.rect(0, 0, mm(card.widthMm), band.height).fill(nhsBlue);
  doc.font(bold).fontSize(11).fillColor('white').text('NHS Care Identity Service', mm(4), mm(3.6), { lineBreak: false });
}

function drawFace(doc: Document, photo: Buffer): void {
  const { x, y, width, height } = face;
  doc.save().rect(x, y, width, height).clip();
  doc.image(photo, x, y, { cover: [width, height], align: 'center', valign: 'center' });
  doc.restore();
}

function drawName(doc: Document, name: string): void {
  const { size, lines } = fittedName(doc, name);
  doc.font(bold).fontSize(size).fillColor(ink);
  const lineHeight = doc.currentLineHeight(true);
  for (const [at, line] of lines.entries()) doc.text(line, words.x, words.y + at * lineHeight, { lineBreak: false });
}

function drawNumber(doc: Document, careId: string): void {
  doc.font(plain).fontSize(7).fillColor(ink).text('Care ID', number.x, number.y, { lineBreak: false });
  const grouped = careId.replace(/(\d{4})(?=\d)/g, '$1 ');
  doc
    .font(bold)
    .fontSize(13)
    .text(grouped, number.x, number.y + mm(3.2), { lineBreak: false });
}

/** A letter of the name is not in the fonts: somebody has to say how the name stands on the card. */
export class NameNotPrintable extends Error {
  override readonly name = 'NameNotPrintable';
}

/** The letters the card's font has no shape for; none for names in Latin, Greek, Cyrillic, Arabic and more. */
export function unprintableIn(name: string): string[] {
  const doc = new PDFDocument({ font: bold });
  const { font } = (doc as unknown as { _font: { font: { hasGlyphForCodePoint(codePoint: number): boolean } } })._font;
  return [...new Set(name)].filter((letter) => !/\s/.test(letter) && !font.hasGlyphForCodePoint(letter.codePointAt(0) ?? 0));
}

const sizes = [13, 12, 11, 10, 9, 8, 7, 6.5, 6, 5.5, 5, 4.5, 4];
/** Rather broken than smaller. */
const smallestWhole = 7;

/** The largest size at which the whole name fits its place, with its words whole if they can be read so. */
function fittedName(doc: Document, name: string): { size: number; lines: string[] } {
  const at = (size: number) => {
    doc.font(bold).fontSize(size);
    const laid = layOut(name, (line) => doc.widthOfString(line) <= words.width);
    return { size, ...laid, fits: laid.lines.length * doc.currentLineHeight(true) <= words.height };
  };
  const tried = sizes.map(at);
  const whole = tried.find(({ size, fits, broken }) => fits && !broken && size >= smallestWhole);
  return whole ?? tried.find(({ fits }) => fits) ?? at(Math.min(...sizes));
}

const graphemes = new Intl.Segmenter('en-GB', { granularity: 'grapheme' });

/** Filled from left to right; a line may end at a space or after a hyphen, and inside a word only if that is longer than a line. */
export function layOut(name: string, fits: (line: string) => boolean): { lines: string[]; broken: boolean } {
  const lines: string[] = [];
  let line = '';
  let broken = false;
  const next = () => {
    if (line.trim()) lines.push(line.trim());
    line = '';
  };
  for (const part of name.match(/[^\s-]*-+\s*|[^\s-]+\s*/g) ?? [name]) {
    if (!fits((line + part).trim())) next();
    if (fits(part.trim())) {
      line += part;
      continue;
    }
    broken = true;
    for (const { segment } of graphemes.segment(part)) {
      if (line && !fits((line + segment).trim())) next();
      line += segment;
    }
  }
  next();
  return { lines, broken };
}
