/** A card for each demo person, made as the real ones are, and left in the drawer. */
import type { EntityManager } from '@mikro-orm/postgresql';
import { makeSoftwareCard } from '../../activities/software-card.ts';
import { type Authority, type CardTerms, devPolicy } from '../../adapters/certificate-authority.ts';
import { readHolders, writeHolders } from '../../agent/drivers/card-file.ts';
import { createDrawer, type Drawer } from '../../agent/drivers/software.ts';
import type { Cause } from '../../db/audit.ts';
import { type DemoPerson, people } from './people.ts';

export interface Making {
  em: EntityManager;
  drawer: Drawer;
  authority: Authority;
  terms: CardTerms;
  /** The setting CARD_SECRETS_KEY. */
  secretsKey: Buffer;
}

/** Whose card is made. */
export type Holder = Pick<DemoPerson, 'id' | 'careId' | 'organisation' | 'passcode'>;

export const serialOf = ({ careId }: Pick<Holder, 'careId'>) => `8${careId}001`;
const cardIdOf = ({ id }: Holder) => id.replace(/^0{8}/, '0000ca5d');
const blanks = ['8000000000001001', '8000000000001002', '8000000000001003', '8000000000001004'];

export async function loadCards(
  em: EntityManager,
  {
    folder,
    authority,
    secretsKey,
    authenticationUrl,
  }: { folder: string; authority: Authority; secretsKey: Buffer; authenticationUrl: string },
): Promise<void> {
  const drawer = createDrawer(folder);
  const terms = termsOf(authenticationUrl);
  for (const person of people) await loadCard({ em, drawer, authority, terms, secretsKey }, person);
  for (const serial of blanks) await drawer.addBlank(serial);
  const nameOf = ({ givenNames, familyName }: DemoPerson) => [givenNames, familyName].filter(Boolean).join(' ');
  const named = Object.fromEntries(people.map((person) => [serialOf(person), nameOf(person)]));
  await writeHolders(folder, { ...(await readHolders(folder)), ...named });
}

export const termsOf = (authenticationUrl: string): CardTerms => ({
  lifetimeDays: 3 * 365,
  policy: devPolicy,
  crlUrl: `${authenticationUrl}/pki/issuing.crl`,
  ocspUrl: `${authenticationUrl}/pki/ocsp`,
});

/** Each step may have been done before: what died half-way is finished at the next start. */
export async function loadCard({ drawer, ...making }: Making, person: Holder): Promise<void> {
  const serial = serialOf(person);
  const { id: holder, careId, organisation, passcode } = person;
  const id = cardIdOf(person);
  const cause: Cause = { id: `demo/${id}`, at: new Date(), who: 'system', via: 'command', caseId: null };
  await makeSoftwareCard({ ...making, drawer, reader: 'Reader 1' }, cause, { id, serial, person: holder, careId, organisation, passcode });
}
