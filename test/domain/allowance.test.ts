import { hourOf, networkOf, refuseBeyond } from '../../domain/allowance.ts';

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['2001:DB8:0:0:1:2:3:4', '2001:db8:0:0::/64'],
  ['2001:0db8:0000:0001::', '2001:db8:0:1::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
])('%s is of the network %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test('the last that is allowed is, and the one after is told when the hour ends', () => {
  const at = new Date('2026-03-27T10:59:59.500Z');
  expect(hourOf(at)).toEqual(new Date('2026-03-27T10:00:00Z'));
  expect(() => refuseBeyond(5, 5, { what: 'drafts', at })).not.toThrow();
  expect(() => refuseBeyond(5, 6, { what: 'drafts', at })).toThrow('You can go on after 27 March 2026 at 11:00');
});
