/** What an agent looks at while issuing a card: the card as it will be printed, and the photograph that was checked. */
import { z } from 'zod';
import { cardArtwork, NameNotPrintable } from '../adapters/card-artwork.ts';
import { cardFaceOf } from '../db/smartcard/card-face.ts';
import { findCardIssue } from '../db/smartcard/card-issue.ts';
import { Refusal } from '../domain/refusal.ts';
import type { Deps } from './deps.ts';
import { query } from './query.ts';

const params = z.object({ id: z.uuid() });
type Em = Parameters<typeof findCardIssue>[0];
const look = {
  permission: 'card-issue.read',
  params,
  input: z.object({}),
  find: (em: Em, { id }: { id: string }) => findCardIssue(em, id),
} as const;

async function faceOf(em: Em, { photos }: Pick<Deps, 'photos'>, person: string) {
  const { name, careId, photo } = await cardFaceOf(em, person);
  return { name, careId, photo: Buffer.from(await photos.read(photo.id, photo)) };
}

/** The very artwork that goes to the printer, drawn as a picture. */
export const cardIssueArtwork = query({
  ...look,
  name: 'card-issue.artwork',
  async run({ em, subject, photos, decoder }) {
    try {
      const [page] = (await decoder.decode(await cardArtwork(await faceOf(em, { photos }, subject.person)))).pages;
      if (!page) throw new Error('The artwork has no page');
      return Buffer.from(page.jpeg);
    } catch (error) {
      if (error instanceof NameNotPrintable)
        throw new Refusal(
          'WRONG_STATE',
          'A letter of this name is not in the typeface of the card. The name has to be given as it shall stand there',
        );
      throw error;
    }
  },
});

export const cardIssuePhoto = query({
  ...look,
  name: 'card-issue.photo',
  run: async ({ em, subject, photos }) => (await faceOf(em, { photos }, subject.person)).photo,
});
