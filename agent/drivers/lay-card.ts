/** Laying new software cards into a drawer that an agent has open: whole, and without touching its readers. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readCard, readHolders, writeCard, writeHolders } from './card-file.ts';
import { createDrawer, type Drawer } from './software.ts';

export const benchReader = 'Bench';

/**
 * Has a card made in a drawer of its own, which a try after this one goes on with, and then lays it among the others.
 * A card that lies there already stays as it is.
 */
export async function layCard(
  folder: string,
  { serial, holder }: { serial: string; holder: string },
  make: (bench: Drawer) => Promise<void>,
): Promise<void> {
  if (await readCard(folder, serial)) return;
  const bench = join(folder, 'bench', serial);
  await make(createDrawer(bench, [benchReader]));
  const made = await readCard(bench, serial);
  if (!made) throw new Error(`Card ${serial} was made on no bench here`);
  await nameHolder(folder, serial, holder);
  await writeCard(folder, made);
  await rm(bench, { recursive: true, force: true });
}

/** One after the other: each writes the whole list. */
let last: Promise<unknown> = Promise.resolve();
function nameHolder(folder: string, serial: string, holder: string): Promise<void> {
  const named = last.then(async () => writeHolders(folder, { ...(await readHolders(folder)), [serial]: holder }));
  last = named.catch(() => undefined);
  return named;
}
