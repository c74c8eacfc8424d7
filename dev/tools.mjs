// Programs that are not npm packages: where they are looked for. Plain JavaScript, because dev/set-up.mjs runs before anything is installed.
import { accessSync, constants, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Kept between clones of the project: what took minutes to build is built once. */
export const cacheFolder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'care-identity');
export const cachedPrograms = join(cacheFolder, 'bin');

// A user's PATH often lacks the sbin folders, where Debian keeps ippeveprinter.
const folders = () => [...(process.env.PATH ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/usr/local/go/bin', cachedPrograms];

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The path of the first of these programs found on the PATH or in the cache; undefined if none is. */
export function findProgram(...names) {
  for (const name of names) {
    const found = folders()
      .filter(Boolean)
      .map((folder) => join(folder, name))
      .find(isProgram);
    if (found) return found;
  }
  return undefined;
}
