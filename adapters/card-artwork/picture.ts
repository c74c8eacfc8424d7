/** The artwork as a picture, for a page to show: made of the very PDF that is printed. */
import { PDFiumLibrary } from '@hyzyla/pdfium';
import sharp from 'sharp';

/** Pixels for each point: about 300 dots an inch, as a card printer has. */
const scale = 4;

/** @param pdf made by `cardArtwork`: nobody else's PDF is opened in this process
 *  @returns a PNG */
export async function pictureOf(pdf: Buffer): Promise<Buffer> {
  const library = await PDFiumLibrary.init();
  try {
    const document = await library.loadDocument(pdf);
    const { data, width, height } = await document.getPage(0).render({ scale, render: 'bitmap' });
    const png = await sharp(data, { raw: { width, height, channels: 4 } })
      .png()
      .toBuffer();
    document.destroy();
    return png;
  } finally {
    library.destroy();
  }
}
