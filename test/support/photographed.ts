import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { MikroORM } from '@mikro-orm/postgresql';
import { PersonRow } from '../../db/person/person.ts';
import { randomCareId } from '../../db/position-request/role-profile.ts';
import { keepPhotograph } from '../../dev/demo/photographs.ts';
import { aJpeg } from './photos.ts';

/** Somebody of the running system with a Care ID and a checked photograph, whom a card can be issued to; a name no other test has. */
export async function aPhotographedPerson(orm: MikroORM) {
  const { PHOTO_KEY } = JSON.parse(readFileSync(join(dirname(process.env['TEST_SYSTEM']!), 'secrets.json'), 'utf8')) as {
    PHOTO_KEY: string;
  };
  const [id, photo] = [randomUUID(), randomUUID()];
  const em = orm.em.fork();
  await keepPhotograph(em, { id: photo, jpeg: await aJpeg({ width: 600, height: 800 }), key: Buffer.from(PHOTO_KEY, 'base64') });
  const familyName = `O’Hara-${id.slice(0, 4)}`;
  await em.insert(PersonRow, {
    id,
    careId: randomCareId(),
    state: 'active',
    givenNames: 'Zoë',
    familyName,
    dateOfBirth: '1996-02-29',
    email: `zoe.${id.slice(0, 8)}@care-demo.example`,
    organisation: 'RZ9',
    photo,
    identityAssuranceLevel: 3,
    termsVersion: 1,
    createdAt: new Date(),
  });
  return { id, name: `Zoë ${familyName}` };
}
