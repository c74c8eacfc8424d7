/** A checked photograph for each demo person, so that a card can be printed for them: a drawn head and shoulders with initials, and nobody's face. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { EntityManager } from '@mikro-orm/postgresql';
import sharp from 'sharp';
import { createTablePhotoStore } from '../../adapters/photo-store.ts';
import { PersonRow } from '../../db/person/person.ts';
import { PhotoRow } from '../../db/application/photo.ts';

const [width, height] = [600, 800];
const photoIdOf = (person: string) => person.replace(/^0{8}/, '0000face');

/** Those who have none get one; what somebody changed in the demo stays changed. Safe at each start. @param key the setting PHOTO_KEY */
export async function loadPhotographs(em: EntityManager, people: ReadonlyArray<{ id: string }>, key: Buffer): Promise<void> {
  const without = await em.find(PersonRow, { id: { $in: people.map(({ id }) => id) }, photo: null });
  for (const person of without) {
    const id = photoIdOf(person.id);
    const jpeg = await portraitOf(person);
    await em.transactional(async (tx) => {
      await keepPhotograph(tx, { id, jpeg, key });
      await tx.nativeUpdate(PersonRow, { id: person.id, photo: null }, { photo: id });
    });
  }
}

/** Keeps a photograph as one that was checked: encrypted, and of no application any more. One of the same id takes the place of the first. */
export async function keepPhotograph(em: EntityManager, { id, jpeg, key }: { id: string; jpeg: Buffer; key: Buffer }): Promise<void> {
  const { sealed, place } = await createTablePhotoStore([key]).keep(id, jpeg);
  const row = {
    id,
    application: null,
    sealed: sealed && Buffer.from(sealed),
    place,
    width,
    height,
    bytes: jpeg.length,
    madeAt: new Date(),
  };
  await em.upsert(PhotoRow, row);
}

type Drawn = Pick<PersonRow, 'careId' | 'familyName'> & Partial<Pick<PersonRow, 'givenNames'>>;

/** A JPEG of 600 × 800; its colours come from the Care ID, so that neighbours do not look the same. */
export async function portraitOf(person: Drawn): Promise<Buffer> {
  const initials = await initialsOf(person);
  return sharp(Buffer.from(drawing(Number(person.careId.slice(-4)))))
    .composite([{ input: initials, left: width / 2 - 100, top: 640 }])
    .jpeg({ quality: 85 })
    .toBuffer();
}

const font = join(dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')), 'ttf', 'DejaVuSans-Bold.ttf');

/** White letters in a frame of 200 × 110, in the font of the cards: the machine may have none. */
async function initialsOf({ givenNames, familyName }: Drawn): Promise<Buffer> {
  const letters = [givenNames, familyName].map((name) => name?.match(/\p{L}/u)?.[0] ?? '').join('');
  const text = {
    text: `<span foreground="white">${letters}</span>`,
    font: 'DejaVu Sans Bold',
    fontfile: font,
    width: 200,
    height: 90,
    rgba: true,
  };
  return sharp({ text }).resize({ width: 200, height: 110, fit: 'contain', background: '#00000000' }).png().toBuffer();
}

/** Of a doll and of nobody: a drawing says nothing of what a person looks like. */
const skin = '#c3c9cd';
const hairs = ['#2b1b12', '#5a3825', '#111111', '#7a4a22', '#6b7178'];
const clothes = ['#005eb8', '#003087', '#006747', '#7c2855', '#330072', '#425563', '#00594f'];
const walls = ['#d8e4ee', '#e8edee', '#dfe9dc'];
const of = (colours: readonly string[], n: number) => colours[n % colours.length] ?? '#888888';

const drawing = (n: number) => `
<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 600 800">
  <rect width="600" height="800" fill="${of(walls, n)}"/>
  <path d="M60 800c0-190 100-240 240-240s240 50 240 240z" fill="${of(clothes, n)}"/>
  <rect x="245" y="450" width="110" height="140" rx="50" fill="${skin}"/>
  <ellipse cx="300" cy="300" rx="165" ry="190" fill="${of(hairs, n)}"/>
  <ellipse cx="300" cy="340" rx="135" ry="170" fill="${skin}"/>
  <g fill="${of(hairs, n)}"><circle cx="250" cy="325" r="12"/><circle cx="350" cy="325" r="12"/></g>
  <path d="M240 425q60 50 120 0" stroke="#7a2e2e" stroke-width="10" fill="none" stroke-linecap="round"/>
  <path d="M300 340v45" stroke="#00000040" stroke-width="8" stroke-linecap="round"/>
</svg>`;
