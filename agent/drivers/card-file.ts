/** The file a software card is, and the drawer it lies in. Each write replaces the file whole: a kill leaves the old one or the new one. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { cardSerial } from '../../domain/agent-protocol.ts';
import { sealedBox } from './sealed.ts';

export const passcodeTries = 3;
export const pukTries = 5;

const storedKey = z.strictObject({
  publicKey: z.base64(),
  /** PKCS#8 under the card's own key. */
  privateKey: sealedBox.omit({ salt: true }),
  certificate: z.base64().nullable(),
});
const storedPair = z.strictObject({ case: z.string(), authentication: storedKey, signing: storedKey });
const cardFile = z.strictObject({
  version: z.literal(1),
  serial: cardSerial,
  /** The card's own key, 32 bytes, under each secret that opens it. All null on a blank card. */
  byPuk: sealedBox.nullable(),
  byManagementKey: sealedBox.nullable(),
  byPasscode: sealedBox.nullable(),
  passcodeTriesLeft: z.int().min(0).max(passcodeTries),
  pukTriesLeft: z.int().min(0).max(pukTries),
  /** Oldest first. */
  pairs: z.array(storedPair),
});
export type CardFile = z.output<typeof cardFile>;
export type StoredPair = z.output<typeof storedPair>;

const readersFile = z.strictObject({ readers: z.array(z.strictObject({ name: z.string(), card: cardSerial.nullable() })) });
export type ReadersFile = z.output<typeof readersFile>;

export const blankCard = (serial: string): CardFile => ({
  version: 1,
  serial,
  byPuk: null,
  byManagementKey: null,
  byPasscode: null,
  passcodeTriesLeft: passcodeTries,
  pukTriesLeft: pukTries,
  pairs: [],
});

const cardPath = (folder: string, serial: string) => join(folder, 'cards', `${cardSerial.parse(serial)}.json`);
const readersPath = (folder: string) => join(folder, 'readers.json');

export async function readCard(folder: string, serial: string): Promise<CardFile | null> {
  const text = await readOrNull(cardPath(folder, serial));
  return text === null ? null : cardFile.parse(JSON.parse(text));
}

export const writeCard = (folder: string, card: CardFile) => replace(cardPath(folder, card.serial), card);

export async function listCards(folder: string): Promise<string[]> {
  await mkdir(join(folder, 'cards'), { recursive: true, mode: 0o700 });
  const names = await readdir(join(folder, 'cards'));
  return names
    .filter((name) => /^[\w-]+\.json$/.test(name))
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
}

export async function readReaders(folder: string, names: readonly string[]): Promise<ReadersFile> {
  const text = await readOrNull(readersPath(folder));
  const { readers } = text === null ? { readers: [] } : readersFile.parse(JSON.parse(text));
  return { readers: names.map((name) => ({ name, card: readers.find((reader) => reader.name === name)?.card ?? null })) };
}

export const writeReaders = (folder: string, file: ReadersFile) => replace(readersPath(folder), file);

const holdersFile = z.record(cardSerial, z.string());
const holdersPath = (folder: string) => join(folder, 'holders.json');

/** Whose the cards of a demo are, by serial number. Only who fills a drawer writes it; a drawer without it knows no names. */
export async function readHolders(folder: string): Promise<Record<string, string>> {
  const text = await readOrNull(holdersPath(folder));
  return text === null ? {} : holdersFile.parse(JSON.parse(text));
}

export const writeHolders = (folder: string, holders: Record<string, string>) => replace(holdersPath(folder), holdersFile.parse(holders));

async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** On disk before it has the name, and the name on disk before it returns. */
async function replace(path: string, content: unknown): Promise<void> {
  const folder = join(path, '..');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(JSON.stringify(content, null, 2));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  const directory = await open(folder, 'r');
  await directory.sync().finally(() => directory.close());
}
