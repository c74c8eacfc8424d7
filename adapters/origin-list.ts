/** The signed list that agents believe: which sites may ask the card in the reader, and whose orders they carry. */
import type { JWK } from 'jose';
import { CompactSign, importJWK } from 'jose';
import type { Environment, ListedOrigin } from '../domain/agent-protocol.ts';
import { originList, originListType } from '../domain/agent-protocol.ts';

/**
 * A JWS (compact, ES256) for the file ALLOWED_ORIGINS of each workstation.
 *
 * @param key private; its public half is ALLOWED_ORIGINS_KEY there @param of.environment agents use software cards only for sites of dev
 * @param of.until when the list ends, if it does
 */
export async function signOriginList(
  key: JWK,
  origins: readonly ListedOrigin[],
  { environment = 'production', until }: { environment?: Environment; until?: Date } = {},
): Promise<string> {
  const iat = Math.floor(Date.now() / 1000);
  const list = originList.parse({ iat, environment, origins, ...(until && { exp: Math.floor(until.getTime() / 1000) }) });
  return new CompactSign(Buffer.from(JSON.stringify(list)))
    .setProtectedHeader({ alg: 'ES256', typ: originListType, kid: key.kid ?? '' })
    .sign(await importJWK(key, 'ES256'));
}
