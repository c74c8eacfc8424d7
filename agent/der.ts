/** The few pieces of DER (X.690) that a certificate request and a signature are made of. */

export const sequence = (...parts: Uint8Array[]) => tagged(0x30, Buffer.concat(parts));
export const set = (...parts: Uint8Array[]) => tagged(0x31, Buffer.concat(parts));
export const utf8 = (text: string) => tagged(0x0c, Buffer.from(text, 'utf8'));
export const bitString = (bytes: Uint8Array) => tagged(0x03, Buffer.concat([Buffer.of(0), bytes]));
/** [0] IMPLICIT, constructed. */
export const context0 = (...parts: Uint8Array[]) => tagged(0xa0, Buffer.concat(parts));

/** @param bytes an unsigned number, big end first */
export function integer(bytes: Uint8Array): Buffer {
  let from = 0;
  while (from < bytes.length - 1 && bytes[from] === 0) from++;
  const digits = bytes.subarray(from);
  return tagged(0x02, (digits[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.of(0), digits]) : digits);
}

/** @param dotted as 1.2.840.10045.4.3.2 */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tagged(0x06, Buffer.concat([first * 40 + second, ...rest].map(base128)));
}

function base128(value: number): Buffer {
  const digits = [value & 0x7f];
  for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128)) digits.unshift((left % 128) | 0x80);
  return Buffer.from(digits);
}

function tagged(tag: number, content: Uint8Array): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}
