import { X509Certificate } from 'node:crypto';
import {
  cardCertificateFault,
  createRevocationList,
  createTrust,
  devPolicy,
  isDevCertificate,
  issueCardCertificates,
  provedPublicKey,
  readCardCertificate,
  createIssuing,
} from '../../adapters/certificate-authority.ts';
import { newSigner } from '../../adapters/certificate/signer.ts';
import { aFolder, aKey, anAuthority, at, cardTerms, openssl, pem } from '../support/authority.ts';

const careId = '555123456789';
const day = 86_400_000;
const { root, issuing } = await anAuthority();
const publicKeys = () => ({ authentication: aKey().spki, signing: aKey().spki });
const issue = (authority = issuing, terms = cardTerms()) =>
  issueCardCertificates(authority, terms, { careId, publicKeys: publicKeys(), at });
const trust = createTrust(root.certificate, [issuing.certificate]);
const expected = { use: 'authentication', policy: devPolicy, at: new Date(at.getTime() + day) } as const;

/** `openssl verify` of a leaf under the root and what is between. */
function verifyWithOpenssl(leaf: Uint8Array, between: Uint8Array[] = [issuing.certificate], extra: string[] = []) {
  const folder = aFolder();
  const rootFile = folder.write('root.pem', pem(root.certificate));
  const untrusted = folder.write('between.pem', between.map((der) => pem(der)).join(''));
  const atTime = String(expected.at.getTime() / 1000);
  return openssl(
    'verify',
    '-x509_strict',
    '-attime',
    atTime,
    ...extra,
    '-CAfile',
    rootFile,
    '-untrusted',
    untrusted,
    folder.write('leaf.pem', pem(leaf)),
  );
}

test.each(['P-256', 'P-384'] as const)('openssl verifies both certificates of a card, under an authority with %s', async (curve) => {
  const authority = await anAuthority('Curve', curve);
  const issued = await issue(authority.issuing);
  const folder = aFolder();
  for (const { certificate, use } of [issued.authentication, issued.signing]) {
    const rootFile = folder.write('root.pem', pem(authority.root.certificate));
    const between = folder.write('issuing.pem', pem(authority.issuing.certificate));
    const leaf = folder.write('leaf.pem', pem(certificate));
    const purpose = use === 'authentication' ? ['-purpose', 'sslclient'] : [];
    const policy = ['-policy', devPolicy, '-explicit_policy'];
    const said = openssl(
      'verify',
      '-x509_strict',
      '-attime',
      String(expected.at.getTime() / 1000),
      ...purpose,
      ...policy,
      '-CAfile',
      rootFile,
      '-untrusted',
      between,
      leaf,
    );
    expect(said.text).toContain('leaf.pem: OK');
  }
});

test('a card’s certificates say who holds it and what each is for', async () => {
  const { authentication, signing } = await issue();
  const folder = aFolder();
  const text = (der: Uint8Array) => openssl('x509', '-in', folder.write('c.pem', pem(der)), '-noout', '-text', '-nameopt', 'RFC2253').text;
  expect(new X509Certificate(authentication.certificate).subject.split('\n').sort()).toEqual([`CN=${careId}`, 'O=nhs', 'OU=people']);
  expect(text(authentication.certificate)).toMatch(/Key Usage: critical\n\s+Digital Signature\n/);
  expect(text(authentication.certificate)).toContain('TLS Web Client Authentication');
  expect(text(signing.certificate)).toMatch(/Key Usage: critical\n\s+Non Repudiation\n/);
  for (const { certificate } of [authentication, signing]) {
    for (const part of [
      'CA:FALSE',
      'URI:http://localhost:1/issuing.crl',
      'OCSP - URI:http://localhost:1/ocsp',
      `Policy: ${devPolicy}`,
      'X509v3 Authority Key Identifier',
    ]) {
      expect(text(certificate)).toContain(part);
    }
  }
  expect(authentication.serial).toBe(new X509Certificate(authentication.certificate).serialNumber);
  expect(authentication.serial).toHaveLength(34);
  expect(signing.serial).not.toBe(authentication.serial);
  expect(authentication.notAfter).toEqual(new Date(at.getTime() + 730 * day));
  expect(readCardCertificate(signing.certificate)).toMatchObject({
    careId,
    use: 'signing',
    serial: signing.serial,
    notAfter: signing.notAfter,
  });
});

test('a certificate of ours is taken, and one of development is known as such', async () => {
  const { authentication, signing } = await issue();
  expect(cardCertificateFault(authentication.certificate, trust, expected)).toBeNull();
  expect(cardCertificateFault(signing.certificate, trust, { ...expected, use: 'signing' })).toBeNull();
  expect(isDevCertificate(authentication.certificate)).toBe(true);
  expect(isDevCertificate(issuing.certificate)).toBe(true);
  const real = await issue(issuing, cardTerms({ policy: '1.2.826.0.1275.101.0.3.1.1' }));
  expect(isDevCertificate(real.authentication.certificate)).toBe(false);
});

test.each([
  ['the other key of the card', async () => (await issue()).signing.certificate, expected, 'OTHER_USE'],
  [
    'another authority of the same name',
    async () => (await issue((await anAuthority()).issuing)).authentication.certificate,
    expected,
    'NOT_OURS',
  ],
  [
    'another policy',
    async () => (await issue(issuing, cardTerms({ policy: '1.2.3.4' }))).authentication.certificate,
    expected,
    'OTHER_POLICY',
  ],
  [
    'before its time',
    async () => (await issue()).authentication.certificate,
    { ...expected, at: new Date(at.getTime() - day) },
    'NOT_YET_VALID',
  ],
  ['expired', async () => (await issue()).authentication.certificate, { ...expected, at: new Date(at.getTime() + 731 * day) }, 'EXPIRED'],
  ['the authority itself', async () => issuing.certificate, expected, 'NOT_A_CARD'],
  ['no certificate', async () => Buffer.from('not one'), expected, 'NOT_A_CARD'],
] as const)('a certificate is refused: %s', async (_name, certificate, wanted, fault) => {
  expect(cardCertificateFault(await certificate(), trust, wanted)).toBe(fault);
});

test('an altered certificate is refused', async () => {
  const { authentication } = await issue();
  const altered = Buffer.from(authentication.certificate.toString('latin1').replace(careId, '555123456788'), 'latin1');
  expect(readCardCertificate(altered)?.careId).toBe('555123456788');
  expect(cardCertificateFault(altered, trust, expected)).toBe('NOT_OURS');
});

test('an authority made by the issuing one is trusted by neither us nor openssl', async () => {
  const terms = { name: 'Further', from: at, years: 5, policy: devPolicy, rootCrlUrl: 'http://localhost:1/x.crl' };
  const further = await createIssuing(issuing, newSigner('P-256').signer, terms);
  const { authentication } = await issue(further);
  expect(() => createTrust(root.certificate, [further.certificate])).toThrow('is not of this root');
  expect(cardCertificateFault(authentication.certificate, trust, expected)).toBe('NOT_OURS');
  const said = verifyWithOpenssl(authentication.certificate, [further.certificate, issuing.certificate]);
  expect(said).toMatchObject({ isContent: false, text: expect.stringContaining('path length constraint exceeded') });
});

test('a root, a card and an authority without limits are no issuing authorities', async () => {
  const { authentication } = await issue();
  expect(() => createTrust(root.certificate, [root.certificate])).toThrow('path length of 0');
  expect(() => createTrust(root.certificate, [authentication.certificate])).toThrow('path length of 0');
  expect(() => createTrust(issuing.certificate, [])).toThrow('signed by itself');
});

test('one key for both uses, a lifetime beyond the authority’s and a bad Care ID are refused', async () => {
  const key = aKey().spki;
  await expect(
    issueCardCertificates(issuing, cardTerms(), { careId, publicKeys: { authentication: key, signing: key }, at }),
  ).rejects.toMatchObject({ code: 'INVALID' });
  await expect(issue(issuing, cardTerms({ lifetimeDays: 3700 }))).rejects.toThrow('renew it first');
  await expect(issueCardCertificates(issuing, cardTerms(), { careId: '12,O=x', publicKeys: publicKeys(), at })).rejects.toThrow(
    '12 digits',
  );
});

describe('a certificate request', () => {
  const challenge = '6f1b7a52-2f0f-4c39-9c36-2f6a4a4c8d11.YWJjZGVmZ2hpamtsbW5vcA';
  const folder = aFolder();
  /** Made by openssl, so that ours is not judged by its own maker. */
  const request = (key: string, password = challenge) => {
    const settings = `[req]\nprompt=no\ndistinguished_name=dn\nattributes=at\n[dn]\nCN=S-1\n[at]\nchallengePassword=${password}\n`;
    const said = openssl(
      'req',
      '-new',
      '-key',
      folder.write('k.pem', key),
      '-config',
      folder.write('r.cnf', settings),
      '-outform',
      'DER',
      '-out',
      folder.path('r.der'),
    );
    expect(said.text).toBe('');
    return folder.path('r.der');
  };
  const read = async (path: string) => (await import('node:fs')).readFileSync(path);

  test('gives its key when it proves possession for this case and order', async () => {
    const key = aKey();
    expect(await provedPublicKey(await read(request(key.pem)), challenge)).toEqual(key.spki);
  });

  test.each([
    ['for another order', async () => read(request(aKey().pem, challenge.replace('YWJj', 'ZZZZ'))), 'something else'],
    ['altered after it was signed', async () => swap(await read(request(aKey().pem)), 'S-1', 'S-2'), 'did not prove'],
    ['for a key on another curve', async () => read(request(aKey('P-384').pem)), 'kind that is not used'],
    ['that is none', async () => Buffer.from('junk'), 'cannot be read'],
  ])('%s is refused', async (_name, make, words) => {
    await expect(provedPublicKey(await make(), challenge)).rejects.toMatchObject({
      code: 'INVALID',
      message: expect.stringContaining(words),
    });
  });

  const swap = (bytes: Buffer, from: string, to: string) => Buffer.from(bytes.toString('latin1').replace(from, to), 'latin1');
});

describe('the revocation list', () => {
  test('openssl reads it, finds the revoked and lets the others pass', async () => {
    const [lost, renewed, good] = [await issue(), await issue(), await issue()];
    const revoked = [
      { serial: lost.authentication.serial, at, reason: 'key-compromise' },
      { serial: renewed.authentication.serial, at, reason: 'superseded' },
      { serial: renewed.signing.serial, at, reason: 'unspecified' },
    ] as const;
    const list = await createRevocationList(issuing, { number: 7, thisUpdate: at, nextUpdate: new Date(at.getTime() + 7 * day), revoked });
    const folder = aFolder();
    const rootList = await createRevocationList(root, {
      number: 1,
      thisUpdate: at,
      nextUpdate: new Date(at.getTime() + 90 * day),
      revoked: [],
    });
    const lists = folder.write('lists.pem', pem(list, 'X509 CRL') + pem(rootList, 'X509 CRL'));
    const text = openssl(
      'crl',
      '-in',
      folder.write('l.der', list),
      '-inform',
      'DER',
      '-noout',
      '-text',
      '-CAfile',
      folder.write('issuing.pem', pem(issuing.certificate)),
    ).text;
    expect(text).toMatch(/X509v3 CRL Number: \n\s+7/);
    expect(text).toMatch(new RegExp(`Serial Number: ${renewed.authentication.serial}[\\s\\S]+?Superseded`));
    expect(text).toContain('Key Compromise');
    const check = (der: Buffer) => verifyWithOpenssl(der, [issuing.certificate], ['-crl_check_all', '-CRLfile', lists]);
    expect(check(good.authentication.certificate).text).toContain('OK');
    for (const der of [lost.authentication.certificate, renewed.authentication.certificate, renewed.signing.certificate]) {
      expect(check(der).text).toContain('certificate revoked');
    }
  });

  test('openssl knows whose it is', async () => {
    const list = await createRevocationList(issuing, { number: 1, thisUpdate: at, nextUpdate: new Date(at.getTime() + day), revoked: [] });
    const folder = aFolder();
    const check = (by: Uint8Array) =>
      openssl('crl', '-in', folder.write('l.der', list), '-inform', 'DER', '-noout', '-verify', '-CAfile', folder.write('ca.pem', pem(by)));
    const other = await anAuthority('Other');
    expect(openssl('crl', '-in', folder.write('l.der', list), '-inform', 'DER', '-noout').isContent).toBe(true);
    expect(check(issuing.certificate).isContent).toBe(true);
    expect(check(other.issuing.certificate).isContent).toBe(false);
  });

  test('a hundred thousand entries take seconds, not minutes', async () => {
    const revoked = Array.from({ length: 100_000 }, (_, index) => ({
      serial: (2n ** 128n + BigInt(index)).toString(16),
      at,
      reason: 'superseded' as const,
    }));
    const list = await createRevocationList(issuing, { number: 1, thisUpdate: at, nextUpdate: new Date(at.getTime() + day), revoked });
    expect(list.length).toBeGreaterThan(4_000_000);
  }, 60_000);
});
