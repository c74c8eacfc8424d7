/** The pages of a PDF, each drawn as a picture: what scripts, links and files are inside it stays behind. */
import { type PDFiumDocument, PDFiumLibrary, type PDFiumPage } from '@hyzyla/pdfium';
import { fromPixels, type PictureLimits } from './picture.ts';
import { FoundProblem } from './problem.ts';

export interface PdfLimits extends PictureLimits {
  readonly pages: number;
}

/** Sharp enough to read small print: 200 dots an inch, where a point is 1/72. */
const usualScale = 200 / 72;

export async function fromPdf(file: Uint8Array, limits: PdfLimits) {
  const document = await open(file);
  const count = document.getPageCount();
  if (count === 0) throw new FoundProblem('no-pages');
  if (count > limits.pages) throw new FoundProblem('too-many-pages');
  const pages = [];
  for (const page of document.pages()) pages.push(await draw(page, limits));
  return pages;
}

async function open(file: Uint8Array): Promise<PDFiumDocument> {
  const library = await PDFiumLibrary.init();
  try {
    return await library.loadDocument(file);
  } catch (error) {
    throw new FoundProblem(error instanceof Error && /password/i.test(error.message) ? 'password' : 'damaged');
  }
}

async function draw(page: PDFiumPage, limits: PdfLimits) {
  const { originalWidth, originalHeight } = page.getOriginalSize();
  const longest = Math.max(originalWidth, originalHeight);
  if (!(longest >= 1) || !(Math.min(originalWidth, originalHeight) >= 1)) throw new FoundProblem('damaged');
  const scale = Math.min(usualScale, limits.side / longest);
  const drawn = await page.render({ scale, render: 'bitmap', colorSpace: 'BGRA' });
  return fromPixels({ data: drawn.data, width: drawn.width, height: drawn.height }, limits);
}
