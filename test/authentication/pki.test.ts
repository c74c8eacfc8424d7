import { spawnSync } from 'node:child_process';
import { CertificateRow } from '../../db/smartcard/certificate.ts';
import { anOrganisation, type Organisation } from '../support/database.ts';
import { aFolder, openssl, pem } from '../support/authority.ts';
import { type SignInService, startSignIn } from '../support/sign-in.ts';

let service: SignInService;
let elm: Organisation;
let pki: string;
const folder = aFolder();
beforeAll(async () => {
  service = await startSignIn();
  pki = `${service.urls.authentication}/pki`;
  await service.processes.authentication();
  elm = await anOrganisation(service.orm);
}, 60_000);
afterAll(() => service.stop());

const revoke = (serial: string, reason = 'keyCompromise' as const) =>
  service.orm.em.fork().nativeUpdate(CertificateRow, { serial }, { state: 'revoked', revokedAt: new Date(), reason });
const fileOf = async (serial: string) => {
  const { pem: text } = await service.orm.em.fork().findOneOrFail(CertificateRow, { serial });
  return folder.write(`${serial}.pem`, text);
};
const files = () => {
  const { CA_ROOT_FILE: root = '', CA_ISSUING_FILE: issuing = '' } = service.environment;
  return { root, issuing };
};
/** What openssl says of the answer, on both streams: whether it believes it is on the second. */
const ask = (certificate: string) => {
  const { root, issuing } = files();
  const parts = ['ocsp', '-issuer', issuing, '-cert', certificate, '-url', `${pki}/ocsp`, '-CAfile', root];
  const { stdout, stderr } = spawnSync('openssl', parts, { encoding: 'utf8' });
  return `${stderr}${stdout}`;
};

test('openssl believes the answers: good, then revoked, as soon as the table says so; and unknown of another serial', async () => {
  const card = await service.aCard(elm.agent);
  const certificate = await fileOf(card.certificate);
  expect(ask(certificate)).toMatch(/Response verify OK[\s\S]*: good/);
  await revoke(card.certificate);
  expect(ask(certificate)).toMatch(/Response verify OK[\s\S]*: revoked[\s\S]*keyCompromise/);
  await service.orm.em.fork().nativeDelete(CertificateRow, { serial: card.certificate });
  expect(ask(certificate)).toMatch(/: unknown/);
});

test('an answer lives less than five minutes', async () => {
  const text = ask(await fileOf((await service.aCard(elm.manager)).certificate));
  const [, from, to] = /This Update: (.*)\n\s*Next Update: (.*)/.exec(text)!;
  const seconds = (new Date(to!).getTime() - new Date(from!).getTime()) / 1000;
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThan(300);
});

test('the revocation list is one that openssl checks a card with', async () => {
  const card = await service.aCard(elm.sponsor);
  await revoke(card.certificate);
  const response = await fetch(`${pki}/issuing.crl`);
  expect(response.headers.get('content-type')).toBe('application/pkix-crl');
  const list = folder.write('issuing.crl', Buffer.from(await response.arrayBuffer()));
  expect(openssl('crl', '-inform', 'DER', '-in', list, '-noout', '-text').text).toContain(card.certificate);
  const { root, issuing } = files();
  const listPem = folder.write('list.pem', pem(Buffer.from(await (await fetch(`${pki}/issuing.crl`)).arrayBuffer()), 'X509 CRL'));
  const verified = openssl(
    'verify',
    '-CAfile',
    root,
    '-untrusted',
    issuing,
    '-CRLfile',
    listPem,
    '-crl_check',
    await fileOf(card.certificate),
  );
  expect(verified.text).toContain('certificate revoked');
});

test('what is no question gets an OCSP error, not a fault', async () => {
  const headers = { 'content-type': 'application/ocsp-request' };
  const answer = await fetch(`${pki}/ocsp`, { method: 'POST', headers, body: 'nonsense' });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/ocsp-response']);
  expect(Buffer.from(await answer.arrayBuffer()).toString('hex')).toBe('30030a0101'); // malformedRequest
});
