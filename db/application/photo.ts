/** Photographs of people and of their documents: the row says whose each is and where its bytes are; adapters/photo-store.ts reads them. */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import type { PhotoStore, StoredPhoto } from '../../adapters/photo-store.ts';
import { nothingHere } from '../../domain/refusal.ts';

const schema = defineEntity({
  name: 'PhotoRow',
  tableName: 'photo',
  properties: {
    id: p.uuid().primary(),
    /** Null once it is a person's photograph only: whose, table person says. */
    application: p.uuid().nullable(),
    sealed: p.blob().nullable(),
    place: p.string(),
    width: p.integer(),
    height: p.integer(),
    /** Of the JPEG. */
    bytes: p.integer(),
    madeAt: p.datetime(),
  },
});

export class PhotoRow extends schema.class {}
schema.setClass(PhotoRow);

export interface NewPhoto extends StoredPhoto {
  id: string;
  application: string;
  width: number;
  height: number;
  bytes: number;
}

export async function insertPhotos(em: EntityManager, photos: readonly NewPhoto[], madeAt: Date): Promise<void> {
  const rows = photos.map(({ sealed, ...photo }) => ({ ...photo, sealed: sealed && Buffer.from(sealed), madeAt }));
  await em.insertMany(PhotoRow, rows);
}

/** @throws {Refusal} NOT_FOUND */
export async function findPhoto(em: EntityManager, id: string): Promise<PhotoRow> {
  const row = await em.findOne(PhotoRow, { id }, { refresh: true });
  if (!row) throw nothingHere();
  return row;
}

export const storedOf = ({ sealed, place }: PhotoRow): StoredPhoto => ({ sealed: sealed ?? null, place });

/** Deletes photographs, and what another store holds of each: that may be asked twice. */
export async function deletePhotos(em: EntityManager, ids: readonly string[], store: Pick<PhotoStore, 'forget'>): Promise<void> {
  if (ids.length === 0) return;
  const rows = await em.find(PhotoRow, { id: { $in: [...ids] } });
  for (const row of rows) await store.forget(row.id, storedOf(row));
  await em.nativeDelete(PhotoRow, { id: { $in: rows.map(({ id }) => id) } });
}
