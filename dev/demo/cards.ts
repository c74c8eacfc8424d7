/** A card for each demo person, made as the real ones are, and left in the drawer. */
import { randomBytes, randomInt, X509Certificate } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { type CardTerms, devPolicy, issueCardCertificates } from '../../adapters/certificate-authority.ts';
import type { Authority } from '../../adapters/certificate-authority.ts';
import { writeHolders } from '../../agent/drivers/card-file.ts';
import { createDrawer, type Drawer } from '../../agent/drivers/software.ts';
import type { Cause } from '../../db/audit.ts';
import { pairOfCase, recordCertificateIssued, recordPairConfirmed } from '../../db/smartcard/certificate.ts';
import { recordSmartcardStep } from '../../db/smartcard/smartcard-step.ts';
import { findSmartcard, recordSmartcardPrepared, secretsOfCard, SmartcardRow } from '../../db/smartcard/smartcard.ts';
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
  await writeHolders(folder, Object.fromEntries(people.map((person) => [serialOf(person), nameOf(person)])));
}

export const termsOf = (authenticationUrl: string): CardTerms => ({
  lifetimeDays: 3 * 365,
  policy: devPolicy,
  crlUrl: `${authenticationUrl}/pki/issuing.crl`,
  ocspUrl: `${authenticationUrl}/pki/ocsp`,
});

/** Each step may have been done before: what died half-way is finished at the next start. */
export async function loadCard(making: Making, person: Holder): Promise<void> {
  const { em, drawer } = making;
  const id = cardIdOf(person);
  const serial = serialOf(person);
  const found = await em.findOne(SmartcardRow, { id });
  if (found && found.state !== 'issuing') return;
  const cause: Cause = { id: `demo/${id}`, at: new Date(), who: 'system', via: 'command', caseId: null };
  if (!found) {
    const secrets = { puk: String(randomInt(10 ** 8)).padStart(8, '0'), managementKey: randomBytes(24).toString('hex') };
    const card = { id, serial, person: person.id, organisation: person.organisation };
    await em.transactional((tx) => recordSmartcardPrepared(tx, cause, card, { key: making.secretsKey, secrets }));
  }
  await drawer.addBlank(serial);
  await drawer.put(serial, 'Reader 1');
  await personalise(making, person, { id, serial, cause });
  await drawer.put(null, 'Reader 1');
}

async function personalise(
  { em, drawer, authority, terms, secretsKey }: Making,
  person: Holder,
  { id, serial, cause }: { id: string; serial: string; cause: Cause },
): Promise<void> {
  const smartcard = await findSmartcard(em, id);
  const { puk, managementKey } = secretsOfCard(secretsKey, smartcard);
  const access = { case: id, managementKey };
  await drawer.setUp(serial, { puk, managementKey });
  const keys = await drawer.makeKeys(serial, access);
  const publicKeys = { authentication: keys.authentication.publicKey, signing: keys.signing.publicKey };
  const issued = await issueCardCertificates(authority, terms, { careId: person.careId, publicKeys, at: cause.at });
  await em.transactional(async (tx) => {
    for (const kind of ['authentication', 'signing'] as const) {
      const { serial: number, certificate, notBefore, notAfter } = issued[kind];
      const pem = new X509Certificate(certificate).toString();
      const row = { serial: number, smartcard: id, person: person.id, kind, pem, notBefore, notAfter, isDev: true, caseId: id };
      await recordCertificateIssued(tx, cause, row, person.organisation);
    }
    const pair = await pairOfCase(tx, id);
    if (!pair) throw new Error(`The certificates of ${id} were not kept`);
    await recordPairConfirmed(tx, cause, pair, person.organisation);
    await drawer.writeCertificates(serial, access, {
      authentication: issued.authentication.certificate,
      signing: issued.signing.certificate,
    });
    await drawer.setPasscode(serial, { puk, passcode: person.passcode });
    await recordSmartcardStep(tx, cause, 'issue', await findSmartcard(tx, id));
  });
}
