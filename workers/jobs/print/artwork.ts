import type { MikroORM } from '@mikro-orm/postgresql';
import { cardArtwork } from '../../../adapters/card-artwork.ts';
import type { PhotoStore } from '../../../adapters/photo-store.ts';
import { cardFaceOf } from '../../../db/smartcard/card-face.ts';

/** Draws the card of a person as they are recorded now. */
export const artworkOf =
  (orm: MikroORM, photos: PhotoStore) =>
  async (person: string): Promise<Buffer> => {
    const { name, careId, photo } = await cardFaceOf(orm.em.fork(), person);
    return cardArtwork({ name, careId, photo: Buffer.from(await photos.read(photo.id, photo)) });
  };
