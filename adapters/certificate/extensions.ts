/** The extensions of a certificate, read without building it whole: this is on the path of every sign-in. */

interface Element {
  readonly tag: number;
  readonly content: Buffer;
}

/** The content of each extension by its dotted OID. @param der of a certificate that node:crypto has taken @throws {Error} when it is not one */
export function extensionsOf(der: Buffer): Map<string, Buffer> {
  const [certificate] = elementsIn(der);
  const [toBeSigned] = elementsIn(certificate?.content ?? Buffer.alloc(0));
  const wrapped = elementsIn(toBeSigned?.content ?? Buffer.alloc(0)).find(({ tag }) => tag === 0xa3);
  const [list] = elementsIn(wrapped?.content ?? Buffer.alloc(0));
  const found = new Map<string, Buffer>();
  for (const extension of elementsIn(list?.content ?? Buffer.alloc(0))) {
    const parts = elementsIn(extension.content);
    const [name, value] = [parts[0], parts.at(-1)];
    if (name?.tag !== 0x06 || value?.tag !== 0x04) throw new Error('An extension is not readable');
    const oid = oidIn(name.content);
    // RFC 5280, 4.2: at most once each
    if (found.has(oid)) throw new Error(`The extension ${oid} is there twice`);
    found.set(oid, value.content);
  }
  return found;
}

/** Dotted OIDs of a SEQUENCE of them (extended key usage), or of the sequences in it that begin with one (policies). */
export function oidsIn(value: Buffer | undefined): string[] {
  const [list] = elementsIn(value ?? Buffer.alloc(0));
  return elementsIn(list?.content ?? Buffer.alloc(0)).flatMap((each) => {
    const named = each.tag === 0x30 ? elementsIn(each.content)[0] : each;
    return named?.tag === 0x06 ? oidIn(named.content) : [];
  });
}

/** The named bits of a BIT STRING of one or two bytes, the first bit first: key usage, where 0x80 is digitalSignature, 0x40 nonRepudiation. */
export function firstBits(value: Buffer | undefined): number {
  const [bits] = elementsIn(value ?? Buffer.alloc(0));
  if (bits?.tag !== 0x03 || bits.content.length < 2) return 0;
  return (bits.content[1] ?? 0) | ((bits.content[2] ?? 0) << 8);
}

/** The elements that follow one another (X.690, definite lengths). */
export function elementsIn(der: Buffer): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < der.length;) {
    const [tag = 0, first = 0] = der.subarray(at, at + 2);
    const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
    if (first === 0x80 || lengthBytes > 3) throw new Error('The length is not DER');
    const length = lengthBytes === 0 ? first : der.readUIntBE(at + 2, lengthBytes);
    const [start, end] = [at + 2 + lengthBytes, at + 2 + lengthBytes + length];
    if (end > der.length) throw new Error('The content is cut off');
    found.push({ tag, content: der.subarray(start, end) });
    at = end;
  }
  return found;
}

function oidIn(content: Buffer): string {
  const values: number[] = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      values.push(value);
      value = 0;
    }
  }
  const [first = 0, ...rest] = values;
  const top = Math.min(2, Math.floor(first / 40));
  return [top, first - top * 40, ...rest].join('.');
}
