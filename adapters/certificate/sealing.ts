/** Small secrets at rest, under a key that is a setting: the issuing key, the PUK and management key of a card. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const version = 'v1';
const nonceBytes = 12;
const tagBytes = 16;

/** AES-256-GCM. @param key 32 bytes @param about what the secret belongs to, such as a card's serial: it opens as nothing else */
export function sealSecret(key: Uint8Array, about: string, secret: Uint8Array): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(about));
  const text = Buffer.concat([cipher.update(secret), cipher.final()]);
  return `${version}.${Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64url')}`;
}

/** @throws {Error} when key, subject or text is not the one it was sealed with */
export function openSecret(key: Uint8Array, about: string, sealed: string): Buffer {
  const [found, text = ''] = sealed.trim().split('.');
  const bytes = Buffer.from(text, 'base64url');
  if (found !== version || bytes.length < nonceBytes + tagBytes) throw new Error(`The sealed secret of ${about} is no ${version} text`);
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes)).setAAD(Buffer.from(about));
  decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes + tagBytes)), decipher.final()]);
  } catch {
    throw new Error(`The sealed secret of ${about} does not open with this key`);
  }
}
