/** Servers with TLS on this machine, by a certificate authority that this test process trusts. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';

export interface TlsIdentity {
  key: string;
  cert: string;
}

/** @returns makes certificates for names; `file` is the authority's own, as PEM */
export function aTestAuthority() {
  const folder = mkdtempSync(join(tmpdir(), 'care-tls-'));
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Test authority', '-days', '2');
  return {
    file: at('ca.pem'),
    identityOf(name: string): TlsIdentity {
      writeFileSync(at('ext'), `subjectAltName=DNS:${name}`);
      openssl('req', ...newKey, '-keyout', 'server.key', '-out', 'server.csr', '-subj', `/CN=${name}`);
      const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'ext'];
      openssl('x509', '-req', '-in', 'server.csr', '-out', 'server.pem', ...signed);
      return { key: readFileSync(at('server.key'), 'utf8'), cert: readFileSync(at('server.pem'), 'utf8') };
    },
    /** @returns puts things back */
    trust(): () => void {
      const before = getCACertificates('default');
      setDefaultCACertificates([...before, readFileSync(at('ca.pem'), 'utf8')]);
      return () => setDefaultCACertificates(before);
    },
  };
}

/** @param host an address of this machine: 127.0.0.2 is another than 127.0.0.1 */
export async function aTlsServer(identity: TlsIdentity, answer: RequestListener, { host = '127.0.0.1', port = 0 } = {}) {
  const seen = { connections: 0, requests: [] as string[] };
  const server = createServer(identity, (req, res) => {
    seen.requests.push(`${req.method} ${req.url}`);
    answer(req, res);
  });
  server.on('connection', () => (seen.connections += 1));
  server.listen(port, host);
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    close: () => new Promise<void>((resolve) => (server.closeAllConnections(), server.close(() => resolve()))),
  };
}
export type TlsServer = Awaited<ReturnType<typeof aTlsServer>>;
