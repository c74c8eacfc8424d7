/**
 * Where photographs of people and documents are kept: encrypted (AES-256-GCM), and only under the id they were kept by.
 * This one gives the encrypted bytes back to be kept in the table `photo`; object storage can take over behind the same three functions.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/** What the row of a photograph holds: the encrypted bytes, or null and where else they are. */
export interface StoredPhoto {
  readonly sealed: Uint8Array | null;
  readonly place: string;
}

export interface PhotoStore {
  /** Safe to run again: a second copy under the same id takes the place of the first. */
  keep(id: string, photo: Uint8Array): Promise<StoredPhoto>;
  /** @throws {Error} if it was altered, was kept under another id, or under a key that is no longer there */
  read(id: string, stored: StoredPhoto): Promise<Uint8Array>;
  /** Safe to run again. The row is deleted or emptied by whoever calls this. */
  forget(id: string, stored: StoredPhoto): Promise<void>;
}

const version = 1;
const keyIdBytes = 4;
const nonceBytes = 12; // what GCM is defined for (NIST SP 800-38D, 8.2)
const tagBytes = 16;
const headBytes = 1 + keyIdBytes;

/**
 * @param keys 32 bytes each; the first encrypts, and all decrypt, so that a key can be changed: put the new one first and keep the old
 * @throws {Error} if there is no key or one is not 32 bytes
 */
export function createTablePhotoStore(keys: readonly Uint8Array[]): PhotoStore {
  if (keys.length === 0 || keys.some((key) => key.length !== 32)) throw new Error('Photographs need keys of 32 bytes');
  return {
    async keep(id, photo) {
      return { sealed: seal(id, photo, keys[0] as Uint8Array), place: 'table' };
    },
    async read(id, { sealed, place }) {
      if (sealed === null || place !== 'table') throw new Error(`Photograph ${id} is not in the table`);
      return unseal(id, sealed, keys);
    },
    async forget() {},
  };
}

/** Version, key id, nonce, tag, text. The id and the head are authenticated with it, so that rows cannot be exchanged. */
function seal(id: string, photo: Uint8Array, key: Uint8Array): Uint8Array {
  const head = Buffer.concat([Buffer.from([version]), keyIdOf(key)]);
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.concat([head, Buffer.from(id)]));
  const text = Buffer.concat([cipher.update(photo), cipher.final()]);
  return new Uint8Array(Buffer.concat([head, nonce, cipher.getAuthTag(), text]));
}

function unseal(id: string, sealed: Uint8Array, keys: readonly Uint8Array[]): Uint8Array {
  const bytes = Buffer.from(sealed);
  const head = bytes.subarray(0, headBytes);
  const key = keys.find((candidate) => keyIdOf(candidate).equals(head.subarray(1)));
  if (head[0] !== version || bytes.length < headBytes + nonceBytes + tagBytes || !key)
    throw new Error(`Photograph ${id} cannot be decrypted`);
  const nonce = bytes.subarray(headBytes, headBytes + nonceBytes);
  const tagAt = headBytes + nonceBytes;
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes }).setAAD(Buffer.concat([head, Buffer.from(id)]));
  decipher.setAuthTag(bytes.subarray(tagAt, tagAt + tagBytes));
  return new Uint8Array(Buffer.concat([decipher.update(bytes.subarray(tagAt + tagBytes)), decipher.final()]));
}

const keyIdOf = (key: Uint8Array) => createHash('sha256').update('photo key id').update(key).digest().subarray(0, keyIdBytes);
