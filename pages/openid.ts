/** How our own edges reach the authentication service: as any system does, by private_key_jwt (RFC 7523). */
import { createPrivateKey, webcrypto } from 'node:crypto';
import * as openid from 'openid-client';

export interface OpenIdSettings {
  issuer: string;
  clientId: string;
  /** PKCS#8 in PEM, P-256: proves to the authentication service who we are. */
  clientKey: string;
  /** What is agreed besides, such as how ID tokens are signed. */
  metadata?: Partial<openid.ClientMetadata>;
}

/** The authentication service's configuration may be kept for an hour. */
const keptMs = 50 * 60 * 1000;

/** @returns its configuration, asked for when first needed and again when it has been kept long enough, or could not be had */
export function keptConfiguration(settings: OpenIdSettings): () => Promise<openid.Configuration> {
  let kept: { configuration: Promise<openid.Configuration>; until: number } | undefined;
  return () => {
    if (!kept || kept.until < Date.now()) {
      const asked = { configuration: discover(settings), until: Date.now() + keptMs };
      asked.configuration.catch(() => (kept = undefined)); // asked again next time
      kept = asked;
    }
    return kept.configuration;
  };
}

async function discover({ issuer, clientId, clientKey, metadata = {} }: OpenIdSettings): Promise<openid.Configuration> {
  const key = createPrivateKey(clientKey).export({ type: 'pkcs8', format: 'der' });
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
  const privateKey = await webcrypto.subtle.importKey('pkcs8', new Uint8Array(key), algorithm, false, ['sign']);
  const execute = issuer.startsWith('http:') ? [openid.allowInsecureRequests] : [];
  return openid.discovery(new URL(issuer), clientId, metadata, openid.PrivateKeyJwt(privateKey), { execute });
}
