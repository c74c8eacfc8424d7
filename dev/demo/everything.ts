/** Everything the demo holds, loaded at each start: what is there already stays as it is. */
import { join } from 'node:path';
import { claimEnvironment } from '../../db/environment.ts';
import { createOrm } from '../../db/orm.ts';
import { PrinterRow } from '../../db/smartcard/printer.ts';
import { loadReferenceData } from '../../db/organisation/reference.ts';
import { makeServiceLogin, prepareForService } from '../../db/service-role.ts';
import type { Places } from '../services.ts';
import type { DevSettings, Secrets } from '../settings.ts';
import { type DevAuthority, devAuthority } from './authority.ts';
import { loadCards } from './cards.ts';
import { loadDemo } from './load.ts';
import { people } from './people.ts';
import { loadPhotographs } from './photographs.ts';

export interface Demo {
  authority: DevAuthority;
  /** Where the software cards are. */
  drawer: string;
  /** Where the processes reach it: as themselves and not as its owner, unless it was given. */
  database: string;
}

export async function loadEverything(settings: DevSettings, secrets: Secrets, places: Places, say: (line: string) => void): Promise<Demo> {
  const authenticationUrl = `http://localhost:${settings.AUTHENTICATION_PORT}`;
  const authority = await devAuthority(join(settings.DATA_FOLDER, 'authority'), secrets.CA_KEY, authenticationUrl);
  const drawer = join(settings.DATA_FOLDER, 'drawer');
  const database = settings.DATABASE_URL ? places.database : processesOwn(places.database);
  const orm = await createOrm(places.database);
  try {
    await orm.migrator.up();
    const em = orm.em.fork();
    await prepareForService(em);
    if (database !== places.database) await makeServiceLogin(em, database);
    await claimEnvironment(em, 'dev');
    await loadReferenceData(em);
    await loadDemo(em);
    await loadPhotographs(orm.em.fork(), people, Buffer.from(secrets.PHOTO_KEY, 'base64'));
    await em.upsert(PrinterRow, printer(places.printer), { onConflictMergeFields: ['ippUrl'] });
    say('  demo people           loaded; making their cards, if they have none');
    const secretsKey = Buffer.from(secrets.CARD_SECRETS_KEY, 'base64');
    await loadCards(orm.em.fork(), { folder: drawer, authority: authority.issuing, secretsKey, authenticationUrl });
  } finally {
    await orm.close();
  }
  return { authority, drawer, database };
}

/** On loopback, like the owner's own. */
const processesOwn = (database: string) => Object.assign(new URL(database), { username: 'care_processes', password: 'care' }).href;

const printer = (ippUrl: string) => ({
  id: '00000000-0000-4000-8000-0000000000f1',
  organisation: 'RZ9',
  name: 'Card printer',
  location: 'Main reception',
  ippUrl,
  stateReasons: [],
});
