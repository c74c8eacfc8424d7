import { execFileSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Authority, CardTerms } from '../../adapters/certificate-authority.ts';
import { createIssuing, createRoot, devPolicy } from '../../adapters/certificate-authority.ts';
import type { Curve } from '../../adapters/certificate/signer.ts';
import { newSigner } from '../../adapters/certificate/signer.ts';

/** Yesterday, in whole seconds, as certificates keep time. */
export const at = new Date(Math.floor(Date.now() / 1000) * 1000 - 86_400_000);

export async function anAuthority(name = 'Test', curve: Curve = 'P-256'): Promise<{ root: Authority; issuing: Authority }> {
  const root = await createRoot(newSigner(curve).signer, { name: `${name} root`, from: at, years: 20 });
  const terms = { name: `${name} issuing`, from: at, years: 10, policy: devPolicy, rootCrlUrl: 'http://localhost:1/root.crl' };
  return { root, issuing: await createIssuing(root, newSigner(curve).signer, terms) };
}

export const cardTerms = (change: Partial<CardTerms> = {}): CardTerms => ({
  lifetimeDays: 730,
  policy: devPolicy,
  crlUrl: 'http://localhost:1/issuing.crl',
  ocspUrl: 'http://localhost:1/ocsp',
  ...change,
});

export const aKey = (namedCurve = 'P-256') => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  return { spki: publicKey.export({ type: 'spki', format: 'der' }), privateKey: createPrivateKey(pem), pem };
};

export const pem = (der: Uint8Array, label = 'CERTIFICATE') =>
  `-----BEGIN ${label}-----\n${Buffer.from(der)
    .toString('base64')
    .replace(/(.{64})(?=.)/g, '$1\n')}\n-----END ${label}-----\n`;

/** A folder for openssl to read from. */
export function aFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'care-pki-'));
  return {
    path: (name: string) => join(folder, name),
    write: (name: string, content: string | Uint8Array) => {
      writeFileSync(join(folder, name), content);
      return join(folder, name);
    },
  };
}

/** What openssl says, on either stream, and whether it was content. */
export function openssl(...parts: string[]): { isContent: boolean; text: string } {
  try {
    return { isContent: true, text: execFileSync('openssl', parts, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }) };
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return { isContent: false, text: `${stdout}${stderr}` };
  }
}
