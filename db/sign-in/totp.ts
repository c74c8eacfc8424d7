/** Codes of authenticator apps: TOTP (RFC 6238) with what every app has, SHA-1, 30 seconds and six digits. */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export const stepSeconds = 30;
/** A clock may be one step off, to either side (RFC 6238, 5.2). */
const window = [0, -1, 1] as const;
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** 160 bits (RFC 4226, 4). */
export const newTotpSecret = (): Buffer => randomBytes(20);

export const stepAt = (at: Date): number => Math.floor(at.getTime() / 1000 / stepSeconds);

/** RFC 4226, 5.3. */
export function codeOfStep(secret: Uint8Array, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', secret).update(counter).digest();
  const offset = mac.readUInt8(mac.length - 1) & 0x0f;
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** @returns the step that the code is of; nothing for a wrong one. Whether it was used before, the caller knows */
export function stepOfCode(secret: Uint8Array, code: string, at: Date): number | undefined {
  const typed = Buffer.from(code.padEnd(6).slice(0, 6));
  const steps = window.map((off) => stepAt(at) + off);
  const right = steps.filter((step) => timingSafeEqual(typed, Buffer.from(codeOfStep(secret, step))));
  return code.length === 6 ? right[0] : undefined;
}

/** RFC 4648, 6, without padding: what apps take. */
export function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{1,5}/g) ?? []).map((five) => alphabet.charAt(Number.parseInt(five.padEnd(5, '0'), 2))).join('');
}

/** What an app is given, by a link or a picture. */
export const totpUri = (secret: Uint8Array, careId: string): string =>
  `otpauth://totp/${encodeURIComponent(`Care Identity:${careId}`)}?${new URLSearchParams({ secret: base32(secret), issuer: 'Care Identity' }).toString().replaceAll('+', '%20')}`;
