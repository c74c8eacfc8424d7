import { delayWords, pausesOf } from '../../domain/authenticator-delay.ts';

test('the first failures cost nothing, each after them more, up to a quarter of an hour', () => {
  expect(pausesOf('care-id')).toEqual([0, 0, 0, 5, 15, 30, 60, 120, 300, 900]);
  expect(pausesOf('authenticator')).toEqual(pausesOf('care-id'));
  expect(pausesOf('browser').slice(0, 11)).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5]);
});

test('whoever is too early is told when to try again', () => {
  const now = new Date('2026-01-05T09:10:00Z');
  const after = (ms: number) => delayWords(new Date(now.getTime() + ms), now);
  expect(after(4_500)).toBe('Too many tries failed. You can try again in 5 seconds');
  expect(after(1)).toBe('Too many tries failed. You can try again in 1 second');
  expect(after(300_000)).toBe('Too many tries failed. You can try again after 5 January 2026 at 09:16');
});
