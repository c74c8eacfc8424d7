import { isExpired, nextReminder, reminderDue } from '../../domain/certificate.ts';

const notAfter = new Date('2027-03-01T12:00:00Z');
const before = (days: number) => new Date(notAfter.getTime() - days * 86_400_000);

test.each([
  [90.5, null, 90],
  [90, 90, 30],
  [89, 90, 30],
  [31, 90, 30],
  [30, 30, 7],
  [8, 30, 7],
  [7, 7, 1],
  [1.5, 7, 1],
  [1, 1, 0],
  [0.5, 1, 0],
  [0, 0, -1],
  [-0.5, 0, -1],
  [-1, -1, -2],
  [-40.5, -40, -41],
])('%d days before the end, the reminder of day %s is due, and the next comes on day %s', (days, due, next) => {
  expect(reminderDue(notAfter, before(days))).toEqual(due === null ? null : before(due));
  expect(nextReminder(notAfter, before(days))).toEqual(before(next));
});

test('terms may be counted in fractions of a day, and in other steps', () => {
  const quick = { windowDays: 0.2, remindDaysBefore: [0.2, 0.1], remindEveryDays: 0.05 };
  expect(nextReminder(notAfter, before(0.3), quick)).toEqual(before(0.2));
  expect(reminderDue(notAfter, before(0.06), quick)).toEqual(before(0.1));
  expect(nextReminder(notAfter, before(0.04), quick)).toEqual(before(0));
});

test('a certificate is good in the last moment it names', () => {
  expect(isExpired(notAfter, notAfter)).toBe(false);
  expect(isExpired(notAfter, new Date(notAfter.getTime() + 1))).toBe(true);
});
