/** People of a journey's own, with a photograph and, if wanted, a card made as those of the demo are: what a journey breaks, no other meets. */
import { randomUUID, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { issueCardCertificates } from '../../adapters/certificate-authority.ts';
import { createDrawer } from '../../agent/drivers/software.ts';
import { CertificateRow } from '../../db/smartcard/certificate.ts';
import { PersonRow } from '../../db/person/person.ts';
import { insertRoleProfile, nextRoleProfileId, randomCareId } from '../../db/position-request/role-profile.ts';
import { secretsOfCard, SmartcardRow } from '../../db/smartcard/smartcard.ts';
import { devAuthority } from '../../dev/demo/authority.ts';
import { loadCard, serialOf, termsOf } from '../../dev/demo/cards.ts';
import { positions } from '../../dev/demo/organisations.ts';
import { keepPhotograph, portraitOf } from '../../dev/demo/photographs.ts';
import type { Secrets } from '../../dev/settings.ts';
import type { Journey } from './journey.ts';

export interface Worker {
  id: string;
  careId: string;
  name: string;
  familyName: string;
  dateOfBirth: string;
  email: string;
  organisation: string;
}

/** Where they are: any test that speaks to the running service. */
type Where = Pick<Journey, 'orm' | 'running'>;

/** Registered at Elm Surgery, with a photograph and, unless it is said otherwise, the position of a receptionist there. */
export async function aWorker(journey: Where, { givenNames = 'Chloé', position = 'Receptionist' } = {}): Promise<Worker> {
  const em = journey.orm.em.fork();
  const [id, tag] = [randomUUID(), randomUUID().slice(0, 6)];
  const person = {
    id,
    careId: randomCareId(),
    familyName: `Ní Dhomhnaill-${tag}`,
    dateOfBirth: '1991-06-05',
    email: `worker.${tag}@care-demo.example`,
    organisation: 'A9A5A',
  };
  const photo = await keepPhoto(journey, { ...person, givenNames });
  const kept = { state: 'active' as const, givenNames, photo, identityAssuranceLevel: 3, createdAt: new Date() };
  await em.insert(PersonRow, { ...person, ...kept });
  const { id: held, organisation, jobRole, activities } = positions.find(({ name }) => name === position)!;
  const profile = { person: id, organisation, position: held, jobRole, activities, startsOn: '2026-01-01', endsOn: null };
  await insertRoleProfile(em, await nextRoleProfileId(em), profile);
  return { ...person, name: `${givenNames} ${person.familyName}` };
}

const secretsOf = ({ running }: Where) => JSON.parse(readFileSync(join(running.files['data']!, 'secrets.json'), 'utf8')) as Secrets;

/** As it is for the people of the demo: drawn, and kept encrypted. */
async function keepPhoto(journey: Where, of: Parameters<typeof portraitOf>[0]): Promise<string> {
  const id = randomUUID();
  const key = Buffer.from(secretsOf(journey).PHOTO_KEY, 'base64');
  await keepPhotograph(journey.orm.em.fork(), { id, jpeg: await portraitOf(of), key });
  return id;
}

/** What the cards of the demo are made with. */
async function makingIn(journey: Where) {
  const { running, orm } = journey;
  const { CA_KEY, CARD_SECRETS_KEY } = secretsOf(journey);
  const authenticationUrl = running.urls['Sign-in service']!;
  const authority = await devAuthority(join(running.files['data']!, 'authority'), CA_KEY, authenticationUrl);
  return {
    em: orm.em.fork(),
    drawer: createDrawer(running.files['drawer']!),
    authority: authority.issuing,
    terms: termsOf(authenticationUrl),
    secretsKey: Buffer.from(CARD_SECRETS_KEY, 'base64'),
  };
}

/** @returns what `useCard` takes */
export async function giveCard(
  journey: Where,
  worker: Worker,
  { lifetimeDays = 3 * 365, passcode = '802614' } = {},
): Promise<{ card: string; passcode: string }> {
  const making = await makingIn(journey);
  await making.em.nativeUpdate(PersonRow, { id: worker.id }, { termsVersion: 1 });
  await loadCard({ ...making, terms: { ...making.terms, lifetimeDays } }, { ...worker, passcode });
  return { card: serialOf(worker), passcode };
}

/**
 * The card as it will be in three years: its certificates are such as were issued so long ago that they end in some seconds. Whoever is
 * signed in with it stays so.
 */
export async function letCardEnd(journey: Where, { id: person, careId }: Worker, { inSeconds }: { inSeconds: number }): Promise<void> {
  const { em, drawer, authority, terms, secretsKey } = await makingIn(journey);
  const card = await em.findOneOrFail(SmartcardRow, { person });
  const access = { case: randomUUID(), managementKey: secretsOfCard(secretsKey, card).managementKey };
  const at = new Date(Date.now() + inSeconds * 1000 - terms.lifetimeDays * 86_400_000);
  await drawer.put(card.serial, 'Reader 1');
  const { authentication, signing } = await drawer.makeKeys(card.serial, access);
  const publicKeys = { authentication: authentication.publicKey, signing: signing.publicKey };
  const issued = await issueCardCertificates(authority, terms, { careId, publicKeys, at });
  for (const kind of ['authentication', 'signing'] as const) {
    const { serial, certificate, notBefore, notAfter } = issued[kind];
    const pem = new X509Certificate(certificate).toString();
    await em.nativeUpdate(CertificateRow, { smartcard: card.id, kind }, { serial, pem, notBefore, notAfter });
  }
  await drawer.writeCertificates(card.serial, access, {
    authentication: issued.authentication.certificate,
    signing: issued.signing.certificate,
  });
  await drawer.put(null, 'Reader 1');
}

/** A workstation's readers, and the hand that moves cards in them, without touching what lies in the other reader. */
export async function readersOf({ browser, running }: Journey) {
  const page = await browser.newPage();
  page.setDefaultTimeout(30_000);
  const open = () => page.goto(running.urls['Smartcards and readers']!);
  return {
    async put(serial: string, reader: 'Reader 1' | 'Reader 2'): Promise<void> {
      await open();
      await page.getByLabel(`Card for ${reader}`).selectOption(serial);
      await page.getByRole('button', { name: new RegExp(`(Put|Swap) the card in ${reader}`) }).click();
      await page
        .locator('.inset', { hasText: reader })
        .locator('p', { hasText: `serial ${serial}` })
        .waitFor();
    },
    async takeOut(reader: 'Reader 1' | 'Reader 2'): Promise<void> {
      await open();
      await page.getByRole('button', { name: `Take the card out of ${reader}` }).click();
      await page.locator('.inset', { hasText: reader }).getByText('Empty').waitFor();
    },
    /** @returns the serial of a new blank card */
    async addBlank(): Promise<string> {
      await open();
      const names = page.locator('.cards li strong');
      const before = await names.allInnerTexts();
      await page.getByRole('button', { name: 'Add a blank card' }).click();
      const added = (await names.allInnerTexts()).find((text) => !before.includes(text));
      return added!.replace('serial ', '');
    },
  };
}
