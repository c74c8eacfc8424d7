/**
 * Addresses that somebody else gave us and that we call: keys of a system, where it is told of a sign-out, another organisation's sign-in.
 * Asked at registration, of what can be seen without resolving a name, and by adapters/outgoing.ts of every address a name resolves to.
 */

/**
 * IPv4 that is not somebody else's public host.
 * @see https://www.iana.org/assignments/iana-ipv4-special-registry for all but multicast (RFC 5771) and the last line
 */
const notPublic4: ReadonlyArray<readonly [range: string, what: string]> = [
  ['0.0.0.0/8', 'this network (RFC 791)'],
  ['10.0.0.0/8', 'private use (RFC 1918)'],
  ['100.64.0.0/10', 'shared by carriers (RFC 6598)'],
  ['127.0.0.0/8', 'loopback (RFC 1122)'],
  ['169.254.0.0/16', 'link local, metadata of clouds (RFC 3927)'],
  ['172.16.0.0/12', 'private use (RFC 1918)'],
  ['192.0.0.0/24', 'protocol assignments (RFC 6890)'],
  ['192.0.2.0/24', 'documentation (RFC 5737)'],
  ['192.31.196.0/24', 'AS112 (RFC 7535)'],
  ['192.52.193.0/24', 'AMT (RFC 7450)'],
  ['192.88.99.0/24', '6to4 relays (RFC 7526)'],
  ['192.168.0.0/16', 'private use (RFC 1918)'],
  ['192.175.48.0/24', 'AS112 (RFC 7534)'],
  ['198.18.0.0/15', 'benchmarks (RFC 2544)'],
  ['198.51.100.0/24', 'documentation (RFC 5737)'],
  ['203.0.113.0/24', 'documentation (RFC 5737)'],
  ['224.0.0.0/4', 'multicast (RFC 5771)'],
  ['240.0.0.0/4', 'reserved, broadcast (RFC 1112, RFC 919)'],
  ['168.63.129.16/32', 'the host of a virtual machine at Azure'],
];

/**
 * Of IPv6 only what is given out as global unicast is public, so that IPv4-mapped and NAT64 addresses, unique local, link local, multicast,
 * discard-only and segment routing ones are not; and of that all but these.
 * @see https://www.iana.org/assignments/ipv6-address-space and https://www.iana.org/assignments/iana-ipv6-special-registry
 */
const globalUnicast = '2000::/3';
const notPublic6: ReadonlyArray<readonly [range: string, what: string]> = [
  ['2001::/23', 'protocol assignments: Teredo, ORCHID, benchmarks (RFC 2928)'],
  ['2001:db8::/32', 'documentation (RFC 3849)'],
  ['2002::/16', '6to4, which holds an IPv4 address (RFC 3056)'],
  ['2620:4f:8000::/48', 'AS112 (RFC 7534)'],
  ['3fff::/20', 'documentation (RFC 9637)'],
];

interface Bits {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** @param text as a resolver or a URL writes it; IPv6 without brackets @returns nothing for what is no address, or names an interface */
function bitsOf(text: string): Bits | undefined {
  if (/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) {
    const octets = text.split('.').map(Number);
    if (octets.some((octet) => octet > 255)) return undefined;
    return { family: 4, value: octets.reduce((sum, octet) => sum * 256n + BigInt(octet), 0n) };
  }
  const written = text.includes(':') ? URL.parse(`http://[${text}]/`)?.hostname.slice(1, -1) : undefined;
  if (!written) return undefined;
  const [before = '', after] = written.split('::');
  const groups = (part: string | undefined) => (part ? part.split(':') : []);
  const [left, right] = [groups(before), groups(after)];
  const all = [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  return { family: 6, value: all.reduce((sum, group) => sum * 65_536n + BigInt(`0x${group}`), 0n) };
}

function isIn({ family, value }: Bits, range: string): boolean {
  const [start = '', length] = range.split('/');
  const bits = bitsOf(start);
  const below = BigInt((family === 4 ? 32 : 128) - Number(length));
  return bits?.family === family && value >> below === bits.value >> below;
}

/** Whether a connection to this address may be made. What is no address is not public. */
export function isPublicAddress(text: string): boolean {
  const bits = bitsOf(text);
  if (!bits) return false;
  if (bits.family === 4) return !notPublic4.some(([range]) => isIn(bits, range));
  return isIn(bits, globalUnicast) && !notPublic6.some(([range]) => isIn(bits, range));
}

/** This machine. An IPv4-mapped one is not: nothing that we start writes it so. */
export function isLoopbackAddress(text: string): boolean {
  const bits = bitsOf(text);
  return bits !== undefined && (isIn(bits, '127.0.0.0/8') || isIn(bits, '::1/128'));
}

/** Names that only mean something inside a house: https://www.iana.org/assignments/special-use-domain-names, and .internal (ICANN, 2024). */
const insideNames = ['localhost', 'local', 'internal', 'home.arpa', 'onion', 'invalid', 'test'];

/** The host of a URL, an IPv6 address without its brackets. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');

const loopbackNames = ['localhost', '127.0.0.1', '::1'];
/** @param host as a URL writes it, or without the brackets of IPv6 */
export const isLoopbackHost = (host: string): boolean => loopbackNames.includes(host.replace(/^\[|\]$/g, ''));

/**
 * What is wrong with an address that we are to call, as far as its text shows it.
 *
 * @param loopback this machine may be called, without TLS too
 * @returns words that say what to do; nothing if it is good
 */
export function outgoingProblem(text: string, { loopback }: { loopback: boolean }): string | undefined {
  const url = URL.parse(text);
  if (!url) return 'Enter a whole address that begins with https';
  const host = hostOf(url);
  if (url.username || url.password) return 'Leave out the name and password before the @ of the address';
  if (loopback && isLoopbackHost(host) && ['http:', 'https:'].includes(url.protocol)) return undefined;
  if (url.protocol !== 'https:') return 'Enter an address that begins with https';
  const isAddress = bitsOf(host) !== undefined;
  if (isAddress && !isPublicAddress(host)) return 'Enter an address that is reached from the internet: this one is of a private network';
  const isInside = insideNames.some((name) => host === name || host.endsWith(`.${name}`));
  if (!isAddress && (isInside || !host.includes('.')))
    return 'Enter an address by its whole name on the internet: this name is known inside one network only';
  return undefined;
}
