/** Passwords known from breaches, from a file that an operator supplies: as they are, or as SHA-1 with or without a count (Have I Been Pwned). */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

const hashed = /^([0-9A-Fa-f]{40})(:\d+)?$/;
const sha1 = (password: string) => createHash('sha1').update(password).digest('hex');
/** 64 bits of each are kept: one password in a million million million is taken for another. */
const keyOf = (sha1InHex: string) => BigInt(`0x${sha1InHex.slice(0, 16)}`);

export type Breached = (password: string) => boolean;

/**
 * @param path nothing: none is known
 * @returns looks into memory: eight bytes a line, so some ten million lines
 * @throws if the file is not there
 */
export async function loadBreached(path: string | undefined): Promise<Breached> {
  if (!path) return () => false;
  let keys = new BigUint64Array(1024);
  let count = 0;
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    if (line === '') continue;
    if (count === keys.length) {
      const more = new BigUint64Array(keys.length * 2);
      more.set(keys);
      keys = more;
    }
    keys[count] = keyOf(hashed.exec(line)?.[1] ?? sha1(line.normalize('NFC')));
    count += 1;
  }
  const sorted = keys.slice(0, count).sort();
  return (password) => isIn(sorted, keyOf(sha1(password)));
}

function isIn(sorted: BigUint64Array, wanted: bigint): boolean {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0n) < wanted) low = middle + 1;
    else high = middle;
  }
  return sorted[low] === wanted;
}
