/** Passwords as they are kept: Argon2id (RFC 9106) with the parameters of OWASP's password storage cheat sheet, and a pepper from the settings. */
import { argon2, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const hashing = promisify(argon2);
/** In KiB. A process has at most `atOnce` of them in hand. */
const usual = { memory: 19_456, passes: 2, parallelism: 1 } as const;
const atOnce = 4;
const tagLength = 32;

/** The PHC string format. */
const kept = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/;
type Parameters = { memory: number; passes: number; parallelism: number };

let busy = 0;
const waiting: Array<() => void> = [];

/** Memory for a few at once: whoever comes while they are worked on waits their turn. */
async function inTurn<T>(act: () => Promise<T>): Promise<T> {
  if (busy >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
  else busy += 1;
  try {
    return await act();
  } finally {
    const next = waiting.shift();
    if (next) next();
    else busy -= 1;
  }
}

const pepper = (key: Uint8Array) => createHmac('sha256', key).update('password-pepper').digest();

const derive = (key: Uint8Array, password: string, { nonce, ...parameters }: Parameters & { nonce: Buffer }): Promise<Buffer> =>
  inTurn(() => hashing('argon2id', { message: password, nonce, tagLength, secret: pepper(key), ...parameters }));

const bare = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');

/** @param key of the settings: what is kept is of no use without it */
export async function hashPassword(key: Uint8Array, password: string): Promise<string> {
  const nonce = randomBytes(16);
  const tag = await derive(key, password, { nonce, ...usual });
  return `$argon2id$v=19$m=${usual.memory},t=${usual.passes},p=${usual.parallelism}$${bare(nonce)}$${bare(tag)}`;
}

/** Takes as long for a person who has no password as for one who has. */
export async function isPassword(key: Uint8Array, password: string, hash: string | undefined): Promise<boolean> {
  const [, memory, passes, parallelism, nonce, tag] = kept.exec(hash ?? nobodys) ?? [];
  if (!nonce || !tag) throw new Error('a password is kept in a way that is not known here');
  const parameters = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) };
  const found = await derive(key, password, { nonce: Buffer.from(nonce, 'base64'), ...parameters });
  return timingSafeEqual(found, Buffer.from(tag, 'base64')) && hash !== undefined;
}

const nobodys = `$argon2id$v=19$m=${usual.memory},t=${usual.passes},p=${usual.parallelism}$${bare(Buffer.alloc(16))}$${bare(Buffer.alloc(tagLength))}`;
