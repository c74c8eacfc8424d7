import type { EntityManager } from '@mikro-orm/postgresql';
import type { StoredPhoto } from '../../adapters/photo-store.ts';
import { Refusal } from '../../domain/refusal.ts';
import { findPerson, fullName } from '../person/person.ts';
import { PhotoRow, storedOf } from '../application/photo.ts';

export interface CardFace {
  /** As it stands on the card. */
  name: string;
  careId: string;
  /** Where the photograph is: for adapters/photo-store.ts. */
  photo: StoredPhoto & { id: string };
}

/**
 * What is printed on a person's card.
 *
 * @throws {Refusal} NOT_FOUND; WRONG_STATE without a photograph
 */
export async function cardFaceOf(em: EntityManager, person: string): Promise<CardFace> {
  const row = await findPerson(em, person);
  const photo = row.photo ? await em.findOne(PhotoRow, { id: row.photo }) : null;
  if (!photo) throw new Refusal('WRONG_STATE', 'There is no checked photograph of this person, so no card can be printed');
  return { name: row.cardName ?? fullName(row), careId: row.careId, photo: { id: photo.id, ...storedOf(photo) } };
}
