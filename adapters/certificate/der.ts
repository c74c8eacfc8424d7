/** Pieces of DER (X.690) written at once: a revocation list of hundreds of thousands is too long for structures of objects. */

export function tagged(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const length = content.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat([Buffer.of(tag, ...lengthOf(length)), ...content]);
}

export const sequence = (...content: readonly Uint8Array[]) => tagged(0x30, ...content);

/** @param hex of a number that is not negative */
export function integer(hex: string): Buffer {
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  return (bytes[0] ?? 0) > 0x7f ? tagged(0x02, Buffer.of(0), bytes) : tagged(0x02, bytes);
}

/** UTCTime up to 2049, GeneralizedTime after (RFC 5280, 5.1.2.4). */
export function time(at: Date): Buffer {
  const digits = `${at.toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`;
  return at.getUTCFullYear() < 2050 ? tagged(0x17, Buffer.from(digits.slice(2))) : tagged(0x18, Buffer.from(digits));
}

function lengthOf(length: number): number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let left = length; left > 0; left = Math.floor(left / 256)) bytes.unshift(left % 256);
  return [0x80 | bytes.length, ...bytes];
}
