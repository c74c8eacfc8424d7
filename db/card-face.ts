import type { EntityManager } from '@mikro-orm/postgresql';
import { Refusal } from '../domain/refusal.ts';
import { findPerson, fullName } from './person.ts';

export interface CardFace {
  /** As it stands on the card. */
  name: string;
  careId: string;
  /** Where the photograph is: for adapters/photo-store.ts. */
  photo: { id: string; sealed: Uint8Array | null; place: string };
}

/**
 * What is printed on a person's card.
 *
 * @throws {Refusal} NOT_FOUND; WRONG_STATE without a photograph
 */
export async function cardFaceOf(em: EntityManager, person: string): Promise<CardFace> {
  const row = await findPerson(em, person);
  const [photo] = row.photo
    ? await em.execute<Array<{ id: string; sealed: Buffer | null; place: string }>>(
        `select id, sealed, coalesce(to_jsonb(photo) ->> 'place', 'table') as place from photo where id = :id`,
        { id: row.photo },
      )
    : [];
  if (!photo) throw new Refusal('WRONG_STATE', 'There is no checked photograph of this person, so no card can be printed');
  return { name: row.cardName ?? fullName(row), careId: row.careId, photo };
}
