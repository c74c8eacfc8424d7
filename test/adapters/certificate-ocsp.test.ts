import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { promisify } from 'node:util';
import type { CertificateStatus } from '../../adapters/certificate/ocsp.ts';
import { answerOcsp, createResponder, issueCardCertificates } from '../../adapters/certificate-authority.ts';
import { newSigner } from '../../adapters/certificate/signer.ts';
import { aFolder, aKey, anAuthority, at, cardTerms, pem } from '../support/authority.ts';

const run = promisify(execFile);
const now = new Date();
const { root, issuing } = await anAuthority();
const responder = await createResponder(issuing, newSigner('P-256').signer, { from: now, days: 7 });
const issue = async (authority = issuing) => {
  const publicKeys = { authentication: aKey().spki, signing: aKey().spki };
  return issueCardCertificates(authority, cardTerms(), { careId: '555123456789', publicKeys, at });
};

const table = new Map<string, CertificateStatus>();
const statuses = async (serials: readonly string[]) =>
  serials.map((serial): CertificateStatus => table.get(serial) ?? { state: 'unknown' });
let server: Server;
let url: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      void answerOcsp({ issuing: issuing.certificate, responder, statuses }, Buffer.concat(chunks), new Date()).then((answer) =>
        response.writeHead(200, { 'content-type': 'application/ocsp-response' }).end(answer),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

async function ask(certificates: Uint8Array[], options: { issuer?: Uint8Array; extra?: string[] } = {}): Promise<string> {
  const folder = aFolder();
  const chain = folder.write('chain.pem', pem(root.certificate) + pem(issuing.certificate));
  const issuer = folder.write('issuer.pem', pem(options.issuer ?? issuing.certificate));
  const certs = certificates.flatMap((der, index) => ['-cert', folder.write(`leaf${index}.pem`, pem(der))]);
  const said = await run('openssl', ['ocsp', '-url', url, '-issuer', issuer, '-CAfile', chain, ...(options.extra ?? []), ...certs]).catch(
    (error: { stdout: string; stderr: string }) => error,
  );
  return `${said.stdout}${said.stderr}`;
}

test('openssl verifies the answer, its nonce, and that it is good for less than five minutes', async () => {
  const { authentication } = await issue();
  table.set(authentication.serial, { state: 'good' });
  const said = await ask([authentication.certificate], { extra: ['-nonce', '-validity_period', '5', '-status_age', '60'] });
  expect(said).toContain('Response verify OK');
  expect(said).toContain('leaf0.pem: good');
  expect(said).not.toMatch(/nonce/i);
  const [from, to] = ['This Update', 'Next Update'].map((name) => Date.parse(new RegExp(`${name}: (.+)`).exec(said)?.[1] ?? ''));
  expect(to! - from!).toBeGreaterThan(0);
  expect(to! - from!).toBeLessThan(300_000);
});

test('openssl is told of revocation, when and why, and of what was never issued', async () => {
  const [lost, renewed, madeUp] = [await issue(), await issue(), await issue()];
  table.set(lost.authentication.serial, { state: 'revoked', at, reason: 'key-compromise' });
  table.set(renewed.signing.serial, { state: 'revoked', at, reason: 'superseded' });
  const said = await ask([lost.authentication.certificate, renewed.signing.certificate, madeUp.signing.certificate]);
  expect(said).toContain('Response verify OK');
  expect(said).toMatch(/leaf0.pem: revoked\n[\s\S]+?Reason: keyCompromise\n\tRevocation Time: /);
  expect(new Date(/Revocation Time: (.+)/.exec(said)?.[1] ?? '')).toEqual(at);
  expect(said).toMatch(/leaf1.pem: revoked\n[\s\S]+?Reason: superseded/);
  expect(said).toContain('leaf2.pem: unknown');
});

test.each(['-sha256', '-sha1'])('asked with %s, the same', async (hash) => {
  const { signing } = await issue();
  table.set(signing.serial, { state: 'good' });
  const folder = aFolder();
  const files = [folder.write('issuer.pem', pem(issuing.certificate)), folder.write('leaf.pem', pem(signing.certificate))] as const;
  const said = await run('openssl', [
    'ocsp',
    hash,
    '-issuer',
    files[0],
    '-cert',
    files[1],
    '-url',
    url,
    '-CAfile',
    folder.write('r.pem', pem(root.certificate)),
  ]);
  expect(said.stdout).toContain('good');
});

test('it does not answer for another authority', async () => {
  const other = await anAuthority('Other');
  const { authentication } = await issue(other.issuing);
  expect(await ask([authentication.certificate], { issuer: other.issuing.certificate })).toContain('unauthorized (6)');
});

test('what is no request is told so', async () => {
  const answer = await fetch(url, { method: 'POST', body: 'junk' });
  expect(Buffer.from(await answer.arrayBuffer()).toString('hex')).toBe('30030a0101');
});

test('an answer by a key the authority did not name is not believed', async () => {
  const { authentication } = await issue();
  const other = await anAuthority('Other');
  const foreign = await createResponder(other.issuing, newSigner('P-256').signer, { from: now, days: 7 });
  const folder = aFolder();
  const [leaf, issuer] = [folder.write('leaf.pem', pem(authentication.certificate)), folder.write('issuer.pem', pem(issuing.certificate))];
  await run('openssl', ['ocsp', '-issuer', issuer, '-cert', leaf, '-no_nonce', '-reqout', folder.path('request.der')]);
  const { readFileSync } = await import('node:fs');
  const answer = await answerOcsp(
    { issuing: issuing.certificate, responder: foreign, statuses: async () => [{ state: 'good' }] },
    readFileSync(folder.path('request.der')),
    new Date(),
  );
  const roots = folder.write('roots.pem', pem(root.certificate) + pem(other.root.certificate) + pem(other.issuing.certificate));
  const said = await run('openssl', [
    'ocsp',
    '-issuer',
    issuer,
    '-cert',
    leaf,
    '-respin',
    folder.write('a.der', answer),
    '-CAfile',
    roots,
    '-no_nonce',
  ]).catch((error: { stdout: string; stderr: string }) => error);
  expect(`${said.stdout}${said.stderr}`).toContain('Response Verify Failure');
});
