import 'reflect-metadata';
import { BasicConstraintsExtension, X509Certificate, X509ChainBuilder } from '@peculiar/x509';

/** Whether a chain, the signing certificate first, ends at one of these (RFC 5280, 6). A maker may name the certificate itself. */
export async function endsAt(
  [leaf, ...between]: readonly X509Certificate[],
  roots: readonly X509Certificate[],
  now = new Date(),
): Promise<boolean> {
  if (!leaf || !isInTime(leaf, now)) return false;
  for (const root of roots) {
    if (leaf.equal(root)) return true;
    const built = [...(await new X509ChainBuilder({ certificates: [...between, root] }).build(leaf))];
    const path = built.slice(0, built.findIndex((each) => each.equal(root)) + 1);
    if (path.length > 1 && path.every((each) => isInTime(each, now)) && (await isEachSigned(path))) return true;
  }
  return false;
}

const isInTime = ({ notBefore, notAfter }: X509Certificate, now: Date) => notBefore <= now && now <= notAfter;

/** Each by the next, which must be an authority. */
async function isEachSigned(path: readonly X509Certificate[]): Promise<boolean> {
  for (const [index, issuer] of path.slice(1).entries()) {
    const isAuthority = issuer.getExtension(BasicConstraintsExtension)?.ca === true;
    const signed = isAuthority && (await path[index]?.verify({ publicKey: issuer.publicKey, signatureOnly: true }));
    if (!signed) return false;
  }
  return true;
}

/** Every certificate of a PEM file's text. */
export const certificatesIn = (pem: string): X509Certificate[] =>
  [...pem.matchAll(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)].map(([text]) => new X509Certificate(text));
