import { createHash } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadBreached } from '../../authentication/sign-in/breached.ts';
import { hashPassword, isPassword } from '../../authentication/sign-in/password-hash.ts';
import { base32, codeOfStep, stepAt, stepOfCode, totpUri } from '../../db/sign-in/totp.ts';

const key = Buffer.alloc(32, 7);

describe('codes of an authenticator app', () => {
  const secret = Buffer.from('12345678901234567890');

  test.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('at second %i, as in RFC 6238, appendix B', (seconds, code) => {
    const at = new Date(seconds * 1000);
    expect(codeOfStep(secret, stepAt(at))).toBe(code);
    expect(stepOfCode(secret, code, at)).toBe(stepAt(at));
  });

  test('one step early or late is taken, two are not', () => {
    const at = new Date('2026-01-05T09:12:00Z');
    for (const [off, right] of [
      [-2, false],
      [-1, true],
      [1, true],
      [2, false],
    ] as const)
      expect(stepOfCode(secret, codeOfStep(secret, stepAt(at) + off), at) !== undefined).toBe(right);
    for (const code of ['', '12345', '1234567', 'abcdef']) expect(stepOfCode(secret, code, at)).toBeUndefined();
  });

  test('an app is given the key in base32', () => {
    expect(base32(secret)).toBe('GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ');
    expect(totpUri(secret, '999000000018')).toBe(
      'otpauth://totp/Care%20Identity%3A999000000018?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Care%20Identity',
    );
  });
});

describe('passwords', () => {
  test('are kept as Argon2id under a salt and a key: the same one twice looks different, and opens with this key only', async () => {
    const [one, two] = await Promise.all([hashPassword(key, 'correct horse battery'), hashPassword(key, 'correct horse battery')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(one).not.toBe(two);
    expect(await isPassword(key, 'correct horse battery', one)).toBe(true);
    expect(await isPassword(key, 'correct horse batterY', one)).toBe(false);
    expect(await isPassword(Buffer.alloc(32, 8), 'correct horse battery', one)).toBe(false);
    await expect(isPassword(key, 'x', 'plain')).rejects.toThrow('not known here');
  });

  test('where there is none it takes as long to say no', async () => {
    const hash = await hashPassword(key, 'correct horse battery');
    const took = async (known: string | undefined) => {
      const from = process.hrtime.bigint();
      for (let n = 0; n < 5; n += 1) expect(await isPassword(key, 'wrong', known)).toBe(false);
      return Number(process.hrtime.bigint() - from);
    };
    await took(hash);
    const [known, unknown] = [await took(hash), await took(undefined)];
    expect(unknown).toBeGreaterThan(known / 4);
    expect(unknown).toBeLessThan(known * 4);
  });
});

describe('passwords known from breaches', () => {
  const sha1 = (text: string) => createHash('sha1').update(text).digest('hex');

  test('are found in a file of passwords, of hashes, of hashes with counts, in any order', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'care-breached-')), 'list');
    const many = Array.from({ length: 3000 }, (_, n) => `filler ${n}`);
    await writeFile(
      path,
      ['password1234', ...many, `${sha1('letmein letmein').toUpperCase()}:42`, sha1('another breach'), ''].join('\r\n'),
    );
    const isBreached = await loadBreached(path);
    for (const known of ['password1234', 'letmein letmein', 'another breach', 'filler 0', 'filler 2999'])
      expect(isBreached(known)).toBe(true);
    for (const unknown of ['', 'Password1234', 'filler 3000']) expect(isBreached(unknown)).toBe(false);
  });

  test('without a file none is known, and a file that is not there stops the start', async () => {
    expect((await loadBreached(undefined))('password1234')).toBe(false);
    await expect(loadBreached('/nowhere/list')).rejects.toThrow('ENOENT');
  });
});
