/** The FIDO Alliance's file of authenticators (Metadata Service 3): who signs for which model. Downloaded by an operator, never by us. */
import { readFileSync } from 'node:fs';
import { X509Certificate } from '@peculiar/x509';
import { SettingsService } from '@simplewebauthn/server';
import { compactVerify, decodeProtectedHeader, importX509 } from 'jose';
import { z } from 'zod';
import { certificatesIn, endsAt } from './certificate-path.ts';

const header = z.object({ alg: z.enum(['RS256', 'ES256', 'PS256']), x5c: z.array(z.base64()).min(1).max(10) });
const payload = z.object({
  entries: z.array(
    z.object({
      aaguid: z.uuid().optional(),
      metadataStatement: z.object({ attestationRootCertificates: z.array(z.string()).default([]) }).optional(),
      statusReports: z.array(z.object({ status: z.string() })).default([]),
    }),
  ),
});

/** A model that was ever said to be this is no longer taken for what its maker signs (Metadata Service 3.1, 3.1.4). */
const fallen = /^REVOKED$|_COMPROMISE$|^USER_VERIFICATION_BYPASS$/;

/**
 * @param path of the file as it is downloaded, a signed JWT
 * @param rootsFile PEM of who signs the file, if not the FIDO Alliance's own authority
 * @returns certificates in base64 by AAGUID, of those models that have not fallen
 * @throws if it is not signed by them
 */
export async function readMetadata(path: string, rootsFile?: string): Promise<Map<string, string[]>> {
  const blob = readFileSync(path, 'utf8').trim();
  const { alg, x5c } = header.parse(decodeProtectedHeader(blob));
  const roots = rootsFile ? readFileSync(rootsFile, 'utf8') : SettingsService.getRootCertificates({ identifier: 'mds' }).join('\n');
  const chain = x5c.map((der) => new X509Certificate(der));
  const [signer] = chain;
  if (!signer || !(await endsAt(chain, certificatesIn(roots))))
    throw new Error('the FIDO metadata file is not signed by an authority we know');
  const { payload: signed } = await compactVerify(blob, await importX509(signer.toString('pem'), alg));
  const { entries } = payload.parse(JSON.parse(Buffer.from(signed).toString('utf8')));
  const standing = entries.filter(({ statusReports }) => !statusReports.some(({ status }) => fallen.test(status)));
  return new Map(
    standing.flatMap(({ aaguid, metadataStatement }) =>
      aaguid && metadataStatement
        ? [[aaguid.toLowerCase(), metadataStatement.attestationRootCertificates.map((text) => text.replaceAll(/\s/g, ''))] as const]
        : [],
    ),
  );
}
