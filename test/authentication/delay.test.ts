import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { trying, type Tried } from '../../authentication/sign-in/delay.ts';
import { type FailureReason, SignInFailure } from '../../authentication/sign-in/failure.ts';
import { redisUrl } from '../support/sign-in.ts';

const settings = { AUTHENTICATION_KEY: Buffer.alloc(32, 7) };
let redis: Redis;
beforeAll(() => void (redis = new Redis(redisUrl())));
afterAll(() => redis.quit());

const anAuthenticator = (): Tried => ({ counted: 'authenticator', which: randomUUID() });
const aBrowser = (): Tried => ({ counted: 'browser', which: randomUUID() });
const fail = (of: Tried[], reason: FailureReason = 'NOT_PROVED') =>
  trying({ redis, settings }, of, () => Promise.reject(new SignInFailure(reason))).then(
    () => 'in',
    (error: SignInFailure) => error.reason,
  );
const succeed = (of: Tried[]) => trying({ redis, settings }, of, async () => 'in').catch((error: SignInFailure) => error.reason);
const times = async (n: number, act: () => Promise<string>) => {
  const answers: string[] = [];
  for (let done = 0; done < n; done += 1) answers.push(await act());
  return answers;
};

test('after the fourth failure not even the right answer is judged, and when to try again is said', async () => {
  const key = anAuthenticator();
  expect(await times(4, () => fail([key]))).toEqual(Array(4).fill('NOT_PROVED'));
  const error = await trying({ redis, settings }, [key], () => Promise.reject(new Error('was judged'))).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ reason: 'DELAYED', message: expect.stringMatching(/You can try again in [345] seconds/) });
  expect(await succeed([anAuthenticator()])).toBe('in');
});

test('success forgets what failed before', async () => {
  const key = anAuthenticator();
  await times(3, () => fail([key]));
  expect(await succeed([key])).toBe('in');
  expect(await times(4, () => fail([key]))).toEqual(Array(4).fill('NOT_PROVED'));
});

test('of a hundred guesses at the same moment no more are judged than one after the other would be', async () => {
  const key = anAuthenticator();
  const answers = await Promise.all(Array.from({ length: 100 }, () => fail([key])));
  expect(answers.filter((each) => each === 'NOT_PROVED')).toHaveLength(4);
});

test('a browser is delayed after more, whatever it tries; others go on with the same authenticator', async () => {
  const browser = aBrowser();
  expect(await times(11, () => fail([browser, anAuthenticator()]))).toEqual(Array(11).fill('NOT_PROVED'));
  const key = anAuthenticator();
  expect(await succeed([browser, key])).toBe('DELAYED');
  expect(await succeed([aBrowser(), key])).toBe('in');
});

test('what is no guess costs nothing: too late, a wrong clock, a locked card, a fault', async () => {
  const key = anAuthenticator();
  for (const reason of ['TOO_LATE', 'CLOCK_WRONG', 'CARD_LOCKED'] as const)
    expect(await times(6, () => fail([key], reason))).toEqual(Array(6).fill(reason));
  await expect(trying({ redis, settings }, [key], () => Promise.reject(new Error('fault')))).rejects.toThrow('fault');
  expect(await succeed([key])).toBe('in');
});

test('five hundred good sign-ins of as many people, one after the other and at once, wait for nothing', async () => {
  const answers = await Promise.all(Array.from({ length: 500 }, () => succeed([anAuthenticator(), aBrowser()])));
  expect(new Set(answers)).toEqual(new Set(['in']));
});

test('nothing in Redis says what was tried', async () => {
  const key = { counted: 'care-id', which: '999000000018' } as const;
  await fail([key]);
  const kept = await redis.keys('delay:*');
  expect(kept.join()).not.toContain(key.which);
  expect(await redis.ttl(kept[0]!)).toBeGreaterThan(0);
});
