/** A version 8 UUID (RFC 9562, section 5.8) whose bits are a hash's: what makes one thing out of however many tries. */

/** @param hash hexadecimal, 32 digits or more */
export const uuidOfHash = (hash: string): string =>
  `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
