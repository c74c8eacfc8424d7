import type { MikroORM } from '@mikro-orm/postgresql';
import { randomBytes } from 'node:crypto';
import sharp from 'sharp';
import { cardArtwork } from '../../adapters/card-artwork.ts';
import { createTablePhotoStore } from '../../adapters/photo-store.ts';
import { cardFaceOf } from '../../db/smartcard/card-face.ts';
import { findPerson } from '../../db/person/person.ts';
import { findPhoto, PhotoRow } from '../../db/application/photo.ts';
import { loadPhotographs } from '../../dev/demo/photographs.ts';
import { anOrganisation, aPerson, databaseOfThisWorker } from '../support/database.ts';

let orm: MikroORM;
let people: Array<{ id: string }>;
beforeAll(async () => void (orm = await databaseOfThisWorker()));
afterAll(() => orm.close());
beforeEach(async () => {
  const { code: organisation } = await anOrganisation(orm);
  const ids = await Promise.all(['Asha Patel', 'Suharto', 'Ōtani ﷽'].map((named) => aPerson(orm, { named, organisation })));
  people = ids.map((id) => ({ id }));
});

const key = randomBytes(32);
const load = () => loadPhotographs(orm.em.fork(), people, key);
const photoOf = async ({ id }: { id: string }) => (await findPerson(orm.em.fork(), id)).photo!;

test('each demo person has a photograph of their own, encrypted, that is printed on a card', async () => {
  await load();
  for (const person of people) {
    const row = await findPhoto(orm.em.fork(), await photoOf(person));
    expect(row).toMatchObject({ application: null, place: 'table', width: 600, height: 800 });
    expect(Buffer.from(row.sealed!).includes('JFIF')).toBe(false);
    const { photo, ...face } = await cardFaceOf(orm.em.fork(), person.id);
    const jpeg = Buffer.from(await createTablePhotoStore([key]).read(photo.id, photo));
    expect(jpeg).toHaveLength(row.bytes);
    expect(await sharp(jpeg).metadata()).toMatchObject({ format: 'jpeg', width: 600, height: 800 });
    await expect(cardArtwork({ ...face, name: 'Asha Patel', photo: jpeg })).resolves.toBeInstanceOf(Buffer);
  }
  expect(new Set(await Promise.all(people.map(photoOf))).size).toBe(3);
});

test('loading again makes none, and leaves one that was changed as it is', async () => {
  await load();
  const before = await Promise.all(people.map(photoOf));
  const { madeAt } = await findPhoto(orm.em.fork(), before[0]!);
  const [first] = people;
  await orm.em.fork().nativeUpdate(PhotoRow, { id: before[0]! }, { width: 300 });

  await load();

  expect(await Promise.all(people.map(photoOf))).toEqual(before);
  expect(await findPhoto(orm.em.fork(), await photoOf(first!))).toMatchObject({ madeAt, width: 300 });
});

test('a start that died between the photograph and the person is finished by the next', async () => {
  await load();
  const [first] = people;
  const photo = await photoOf(first!);
  await orm.em.fork().execute('update person set photo = null where id = :id', { id: first!.id });

  await load();

  expect(await photoOf(first!)).toBe(photo);
});
