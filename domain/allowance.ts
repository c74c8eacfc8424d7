/**
 * How much somebody without an account may make the service do: what costs letters, memory or places on a disk is counted by the hour,
 * for whoever does it and for the network they do it from. A hospital is one network, so its number is the larger.
 */
import { instantInWords } from './days.ts';
import { Refusal } from './refusal.ts';

export const counted = ['tokens', 'drafts', 'files'] as const;
export type Counted = (typeof counted)[number];

/** The most in an hour. Settings. */
export type Allowances = Readonly<Record<Counted, { readonly visitor?: number; readonly network: number }>>;

const hourMs = 3_600_000;
/** The hour that a moment is counted in begins. */
export const hourOf = (at: Date): Date => new Date(Math.floor(at.getTime() / hourMs) * hourMs);

const words: Record<Counted, string> = {
  tokens: 'Too many visits were begun from your network',
  drafts: 'Too many applications were begun here',
  files: 'Too many files were sent from here',
};

/** @throws {Refusal} TOO_MANY_TRIES, saying when to go on */
export function refuseBeyond(most: number, used: number, { what, at }: { what: Counted; at: Date }): void {
  if (used <= most) return;
  const again = new Date(hourOf(at).getTime() + hourMs);
  throw new Refusal('TOO_MANY_TRIES', `${words[what]} within an hour. You can go on after ${instantInWords(again)}`, {
    at: again.toISOString(),
  });
}

/** What one subscriber is given: an IPv4 address, or the first 64 bits of an IPv6 one (RFC 6177), of which they have the rest to choose from. */
export function networkOf(address: string): string {
  const [bare = ''] = address.toLowerCase().split('%');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(bare)?.[1];
  if (mapped || !bare.includes(':')) return mapped ?? bare;
  const [head = '', tail] = bare.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const missing = tail === undefined ? 0 : 8 - groups(head).length - groups(tail).length;
  const all = [...groups(head), ...Array<string>(Math.max(0, missing)).fill('0'), ...groups(tail ?? '')];
  return `${all
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`;
}
