/** Smartcards that are files: for development, demonstrations and tests. Whoever can copy the file can try passcodes at leisure. */
import { randomBytes } from 'node:crypto';
import type { Card } from '../../domain/agent-protocol.ts';
import { certified, describe, isComplete, newKey, usable } from './card-contents.ts';
import type { CardFile, StoredPair } from './card-file.ts';
import { blankCard, listCards, passcodeTries, pukTries, readCard, readHolders, readReaders, writeCard, writeReaders } from './card-file.ts';
import type { Access, CardDriver } from './driver.ts';
import { CardError, forBoth } from './driver.ts';
import { seal, unseal } from './sealed.ts';

/** The cards and readers of a pretend workstation, and what a hand does with them. */
export interface Drawer extends CardDriver {
  cards(): Promise<Card[]>;
  addBlank(serial?: string): Promise<string>;
  /** Names of those whose cards a demo laid here, by serial number. */
  holders(): Promise<Record<string, string>>;
  /** Puts a card in a reader, out of any other. With null, takes out what is there. @throws {CardError} NO_CARD */
  put(card: string | null, readerName: string): Promise<void>;
}

/** @param folder where the cards are; made when it is not there */
export function createDrawer(folder: string, readerNames: readonly string[] = ['Reader 1', 'Reader 2']): Drawer {
  const inTurn = oneAtATime();
  const inReader = async (serial: string) => {
    const { readers } = await readReaders(folder, readerNames);
    const card = readers.some((reader) => reader.card === serial) ? await readCard(folder, serial) : null;
    if (!card) throw new CardError('NO_CARD');
    return card;
  };
  const save = (card: CardFile) => writeCard(folder, card);

  return {
    kind: 'software',

    readers: () =>
      inTurn(async () => {
        const { readers } = await readReaders(folder, readerNames);
        return Promise.all(
          readers.map(async ({ name, card }) => ({ name, card: card === null ? null : describe(await readCard(folder, card)) })),
        );
      }),

    setUp: (serial, { puk, managementKey }) =>
      inTurn(async () => {
        const card = await inReader(serial);
        if (card.byPuk && card.byManagementKey) {
          const again = !card.byPasscode && (await unseal(managementKey, aboutSecret(serial, 'management'), card.byManagementKey));
          if (!again) throw new CardError('NOT_BLANK');
          return;
        }
        const key = randomBytes(32);
        await save({
          ...card,
          byPuk: await seal(puk, aboutSecret(serial, 'puk'), key),
          byManagementKey: await seal(managementKey, aboutSecret(serial, 'management'), key),
        });
      }),

    makeKeys: (serial, access) =>
      inTurn(async () => {
        const card = await inReader(serial);
        const key = await openedByManagementKey(card, access);
        const found = card.pairs.find((pair) => pair.case === access.case);
        const pair = found ?? { case: access.case, authentication: await newKey(key, serial), signing: await newKey(key, serial) };
        if (!found) await save({ ...card, pairs: [...card.pairs.filter(isComplete).slice(-1), pair] });
        return forBoth((use) => usable(key, serial, pair[use]));
      }),

    writeCertificates: (serial, access, certificates) =>
      inTurn(async () => {
        const card = await inReader(serial);
        await openedByManagementKey(card, access);
        const pair = pairOf(card, access.case);
        const written: StoredPair = { ...pair, ...forBoth((use) => ({ ...pair[use], certificate: certified(pair, use, certificates) })) };
        await save({ ...card, pairs: card.pairs.map((each) => (each === pair ? written : each)) });
      }),

    setPasscode: (serial, { puk, passcode }) =>
      inTurn(async () => {
        const card = await inReader(serial);
        if (!card.byPuk) throw new CardError('NOT_READY');
        if (card.pukTriesLeft === 0) throw new CardError('LOCKED');
        await save({ ...card, pukTriesLeft: card.pukTriesLeft - 1 });
        const key = await unseal(puk, aboutSecret(serial, 'puk'), card.byPuk);
        if (!key) throw new CardError('WRONG_SECRET');
        const byPasscode = await seal(passcode, aboutSecret(serial, 'passcode'), key);
        await save({ ...card, byPasscode, passcodeTriesLeft: passcodeTries, pukTriesLeft: pukTries });
      }),

    open: (serial, passcode, caseId) =>
      inTurn(async () => {
        const { card, key } = await openedByPasscode(await inReader(serial), passcode, save);
        const pair =
          caseId === undefined ? card.pairs.findLast(isComplete) : card.pairs.find((each) => each.case === caseId && isComplete(each));
        if (!pair) throw new CardError('NOT_READY');
        return forBoth((use) => ({ ...usable(key, serial, pair[use]), certificate: Buffer.from(pair[use].certificate ?? '', 'base64') }));
      }),

    finish: (serial, { case: caseId, passcode }) =>
      inTurn(async () => {
        const { card } = await openedByPasscode(await inReader(serial), passcode, save);
        const pair = pairOf(card, caseId);
        if (!isComplete(pair)) throw new CardError('NOT_READY');
        await save({ ...card, pairs: [pair] });
      }),

    triesLeft: (serial) => inTurn(async () => (await inReader(serial)).passcodeTriesLeft),

    cards: () =>
      inTurn(async () => {
        const serials = await listCards(folder);
        const cards = await Promise.all(serials.map(async (serial) => describe(await readCard(folder, serial))));
        return cards.filter((card) => card !== null);
      }),

    holders: () => readHolders(folder),

    addBlank: (serial = `8${randomBytes(6).readUIntBE(0, 6).toString().padStart(15, '0')}`) =>
      inTurn(async () => {
        if (!(await readCard(folder, serial))) await save(blankCard(serial));
        return serial;
      }),

    put: (card, readerName) =>
      inTurn(async () => {
        const { readers } = await readReaders(folder, readerNames);
        if (!readers.some(({ name }) => name === readerName)) throw new CardError('NO_CARD');
        if (card !== null && !(await readCard(folder, card))) throw new CardError('NO_CARD');
        await writeReaders(folder, {
          readers: readers.map((reader) =>
            reader.name === readerName ? { ...reader, card } : reader.card === card ? { ...reader, card: null } : reader,
          ),
        });
      }),
  };
}

function oneAtATime() {
  let last: Promise<unknown> = Promise.resolve();
  return <T>(step: () => Promise<T>): Promise<T> => {
    const result = last.then(step);
    last = result.catch(() => undefined);
    return result;
  };
}

const aboutSecret = (serial: string, secret: string) => `${serial} ${secret}`;
function pairOf(card: CardFile, caseId: string): StoredPair {
  const pair = card.pairs.find((each) => each.case === caseId);
  if (!pair) throw new CardError('NOT_READY');
  return pair;
}

async function openedByManagementKey(card: CardFile, { managementKey }: Access): Promise<Buffer> {
  if (!card.byManagementKey) throw new CardError('NOT_READY');
  const key = await unseal(managementKey, aboutSecret(card.serial, 'management'), card.byManagementKey);
  if (!key) throw new CardError('WRONG_SECRET');
  return key;
}

/** The try is written down before it is made, so that ending the program gives none back. */
async function openedByPasscode(card: CardFile, passcode: string, save: (card: CardFile) => Promise<void>) {
  if (!card.byPasscode) throw new CardError('NOT_READY');
  if (card.passcodeTriesLeft === 0) throw new CardError('LOCKED');
  const tried = { ...card, passcodeTriesLeft: card.passcodeTriesLeft - 1 };
  await save(tried);
  const key = await unseal(passcode, aboutSecret(card.serial, 'passcode'), card.byPasscode);
  if (!key) throw new CardError(tried.passcodeTriesLeft === 0 ? 'LOCKED' : 'WRONG_PASSCODE');
  const opened = { ...card, passcodeTriesLeft: passcodeTries };
  await save(opened);
  return { card: opened, key };
}
