/** Bytes under a secret that a person or a server holds, for the file of a software card. */
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { z } from 'zod';

const derive = promisify(scrypt) as (secret: string, salt: Buffer, length: number) => Promise<Buffer>;
const tagBytes = 16;

export const sealedBox = z.strictObject({ salt: z.base64(), nonce: z.base64(), text: z.base64() });
export type SealedBox = z.output<typeof sealedBox>;

/** AES-256-GCM; the key is scrypt (N 16384, r 8, p 1) of the secret. @param about what it belongs to: opening it as another thing fails */
export async function seal(secret: string, about: string, bytes: Uint8Array): Promise<SealedBox> {
  const salt = randomBytes(16);
  return { salt: salt.toString('base64'), ...encrypt(await derive(secret, salt, 32), about, bytes) };
}

/** Null when the secret is not the one. */
export async function unseal(secret: string, about: string, box: SealedBox): Promise<Buffer | null> {
  return decrypt(await derive(secret, Buffer.from(box.salt, 'base64'), 32), about, box);
}

export function encrypt(key: Uint8Array, about: string, bytes: Uint8Array): Omit<SealedBox, 'salt'> {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(about));
  const text = Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  return { nonce: nonce.toString('base64'), text: text.toString('base64') };
}

export function decrypt(key: Uint8Array, about: string, box: Omit<SealedBox, 'salt'>): Buffer | null {
  const text = Buffer.from(box.text, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(box.nonce, 'base64'), { authTagLength: tagBytes });
  decipher.setAAD(Buffer.from(about)).setAuthTag(text.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(text.subarray(0, -tagBytes)), decipher.final()]);
  } catch {
    return null;
  }
}
