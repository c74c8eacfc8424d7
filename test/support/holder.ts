/** People of a journey's own, with a photograph and, if wanted, a card made as those of the demo are: what a journey breaks, no other meets. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createDrawer } from '../../agent/drivers/software.ts';
import { PersonRow } from '../../db/person.ts';
import { insertRoleProfile, nextRoleProfileId, randomCareId } from '../../db/role-profile.ts';
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

/** Registered at Elm Surgery, with a photograph and, unless it is said otherwise, the position of a receptionist there. */
export async function aWorker(journey: Journey, { givenNames = 'Chloé', position = 'Receptionist' } = {}): Promise<Worker> {
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

const secretsOf = ({ running }: Journey) => JSON.parse(readFileSync(join(running.files['data']!, 'secrets.json'), 'utf8')) as Secrets;

/** As it is for the people of the demo: drawn, and kept encrypted. */
async function keepPhoto(journey: Journey, of: Parameters<typeof portraitOf>[0]): Promise<string> {
  const id = randomUUID();
  const key = Buffer.from(secretsOf(journey).PHOTO_KEY, 'base64');
  await keepPhotograph(journey.orm.em.fork(), { id, jpeg: await portraitOf(of), key });
  return id;
}

/** @param lifetimeDays a fraction makes a card that ends in a moment. @returns what `useCard` takes */
export async function giveCard(
  journey: Journey,
  worker: Worker,
  { lifetimeDays = 3 * 365, passcode = '802614' } = {},
): Promise<{ card: string; passcode: string }> {
  const { running, orm } = journey;
  const { CA_KEY, CARD_SECRETS_KEY } = secretsOf(journey);
  const authenticationUrl = running.urls['Sign-in service']!;
  const authority = await devAuthority(join(running.files['data']!, 'authority'), CA_KEY, authenticationUrl);
  const making = {
    em: orm.em.fork(),
    drawer: createDrawer(running.files['drawer']!),
    authority: authority.issuing,
    terms: { ...termsOf(authenticationUrl), lifetimeDays },
    secretsKey: Buffer.from(CARD_SECRETS_KEY, 'base64'),
  };
  await making.em.nativeUpdate(PersonRow, { id: worker.id }, { termsVersion: 1 });
  await loadCard(making, { ...worker, passcode });
  return { card: serialOf(worker), passcode };
}

/** A workstation's readers, and the hand that moves cards in them, without touching what lies in the other reader. */
export async function readersOf({ browser, running }: Journey) {
  const page = await browser.newPage();
  page.setDefaultTimeout(15_000);
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
      const cells = page.locator('table tbody tr td:first-child');
      const before = await cells.allInnerTexts();
      await page.getByRole('button', { name: 'Add a blank card' }).click();
      const added = (await cells.allInnerTexts()).find((text) => !before.includes(text));
      return added!.replace('serial ', '');
    },
  };
}
