/** What must not be read by whoever copies a database or a Redis: sealed by a key from the settings, bound to its purpose. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const nonceBytes = 12; // what GCM is defined for (NIST SP 800-38D, 8.2)
const tagBytes = 16;

/** @param purpose where it is kept, so that what was sealed for one place opens in no other
 *  @param key 32 bytes */
export function seal(key: Uint8Array, purpose: string, clear: Uint8Array | string): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(purpose));
  const text = Buffer.concat([cipher.update(Buffer.from(clear)), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]);
}

/** @throws if it was altered, or sealed by another key or for another purpose */
export function unseal(key: Uint8Array, purpose: string, sealed: Uint8Array): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes)).setAAD(Buffer.from(purpose));
  decipher.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes));
  return Buffer.concat([decipher.update(sealed.subarray(nonceBytes + tagBytes)), decipher.final()]);
}
