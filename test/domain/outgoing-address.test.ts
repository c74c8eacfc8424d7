import { isLoopbackAddress, isPublicAddress, outgoingProblem } from '../../domain/outgoing-address.ts';

test.each([
  '1.1.1.1', '8.8.8.8', '11.0.0.0', '9.255.255.255', '100.63.255.255', '100.128.0.0', '172.15.255.255', '172.32.0.0', '192.0.1.1',
  '198.17.255.255', '198.20.0.0', '223.255.255.255', '2606:4700::1111', '2a00:1450:4009::200e', '2001:4860:4860::8888', '3ffe:ffff::1',
])('%s is public', (address) => expect(isPublicAddress(address)).toBe(true)); // prettier-ignore

test.each([
  '0.0.0.0', '0.1.2.3', '10.0.0.1', '10.255.255.255', '100.64.0.1', '100.127.255.255', '127.0.0.1', '127.255.255.254', '169.254.169.254',
  '172.16.0.1', '172.31.255.255', '192.0.0.192', '192.0.2.1', '192.31.196.1', '192.52.193.1', '192.88.99.1', '192.168.1.1', '192.175.48.1',
  '198.18.0.1', '198.19.255.255', '198.51.100.7', '203.0.113.7', '224.0.0.1', '239.255.255.255', '240.0.0.1', '255.255.255.255',
  '168.63.129.16', '::', '::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::ffff:7f00:1', '::127.0.0.1', '64:ff9b::7f00:1', '64:ff9b::808:808',
  '64:ff9b:1::1', '100::1', '100:0:0:1::1', '2001::1', '2001:2::1', '2001:20::1', '2001:1ff:ffff::1', '2001:db8::1', '2002:7f00:1::1',
  '2620:4f:8000::1', '3fff::1', '3fff:fff:ffff::1', '5f00::1', 'fc00::1', 'fd00:ec2::254', 'fe80::1', 'febf::1', 'fe80::1%eth0', 'fec0::1', 'ff02::1',
  '', 'localhost', '256.1.1.1', '1.2.3', '1.2.3.4.5', '0x7f.0.0.1', '2130706433', ':::', 'g::1',
])('%s is not', (address) => expect(isPublicAddress(address)).toBe(false)); // prettier-ignore

test.each(['127.0.0.1', '127.9.9.9', '::1', '0:0:0:0:0:0:0:1'])('%s is this machine', (address) => {
  expect(isLoopbackAddress(address)).toBe(true);
});
test.each(['128.0.0.1', '::2', '::ffff:127.0.0.1', 'localhost', '10.0.0.1'])('%s is not this machine', (address) => {
  expect(isLoopbackAddress(address)).toBe(false);
});

test.each([
  ['oak', 'whole address'],
  ['http://oak.example/keys', 'begins with https'],
  ['ftp://oak.example/keys', 'begins with https'],
  ['https://me:secret@oak.example/keys', 'before the @'],
  ['https://localhost/keys', 'inside one network'],
  ['https://localhost./keys', 'inside one network'],
  ['http://localhost:3000/keys', 'begins with https'],
  ['https://keys.internal/', 'inside one network'],
  ['https://printer.local/', 'inside one network'],
  ['https://intranet/', 'inside one network'],
  ['https://127.0.0.1/', 'private network'],
  ['https://2130706433/', 'private network'], // the same, as a URL also writes it
  ['https://0x7f.1/', 'private network'],
  ['https://10.1.2.3/', 'private network'],
  ['https://169.254.169.254/latest/meta-data', 'private network'],
  ['https://[::1]/', 'private network'],
  ['https://[::ffff:10.0.0.1]/', 'private network'],
  ['https://[fd00::1]/', 'private network'],
])('%s is refused in words that say what to do', (address, words) => {
  expect(outgoingProblem(address, { loopback: false })).toContain(words);
});

test.each(['https://oak.example/keys', 'https://oak.example:8443/keys?a=b', 'https://1.1.1.1/', 'https://[2606:4700::1111]/'])(
  '%s is good',
  (address) => expect(outgoingProblem(address, { loopback: false })).toBeUndefined(),
);

test('this machine may be called where the setting says so, and nothing else more than before', () => {
  for (const address of ['http://localhost:3000/keys', 'http://127.0.0.1:3000/', 'http://[::1]:1/', 'https://localhost/'])
    expect(outgoingProblem(address, { loopback: true })).toBeUndefined();
  for (const address of ['http://oak.example/', 'https://10.0.0.1/', 'ftp://localhost/', 'http://127.0.0.2/'])
    expect(outgoingProblem(address, { loopback: true })).toEqual(expect.any(String));
});
