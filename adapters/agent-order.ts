/**
 * The service's side of what it says to agents: orders, the secrets that come with them, what an agent sealed for it,
 * and the list of who may ask. Keys are settings; the agent has the public ones from the signed list.
 */
import { randomBytes } from 'node:crypto';
import type { JWK } from 'jose';
import { compactDecrypt, CompactEncrypt, CompactSign, importJWK } from 'jose';
import type { Order, PreparedSecrets, PublicJwk, Secrets } from '../domain/agent-protocol.ts';
import { agentTimes, jwk, order, orderType, originList, originListType, preparedSecrets, secretsOf } from '../domain/agent-protocol.ts';
import type { ListedOrigin } from '../domain/agent-protocol.ts';
import { Refusal } from '../domain/refusal.ts';

/** Private keys (JWK, EC P-256, with a kid) of one service. */
export interface AgentKeys {
  /** Of the authentication service: what statements are for. */
  readonly issuer: string;
  readonly orderKey: JWK;
  readonly sealingKey: JWK;
}

type Distribute<T> = T extends Order ? Omit<T, 'iss' | 'nonce' | 'iat' | 'exp' | 'secrets'> : never;
/** What is to be done, to which card, in which case. */
export type OrderInput = Distribute<Order>;

export interface SignedOrder {
  readonly order: string;
  /** Comes back in the statement, and in the challenge of a certificate request: keep it, take it once. */
  readonly nonce: string;
}

export const newNonce = () => randomBytes(24).toString('base64url');

/**
 * An order for the agent whose session asked, good for five minutes.
 *
 * @param bring.secrets PUK and management key as stored for the card; only what the purpose needs goes along @param bring.session from the agent's status
 */
export async function signOrder(keys: AgentKeys, what: OrderInput, bring: { secrets: Secrets; session: PublicJwk }): Promise<SignedOrder> {
  const nonce = newNonce();
  const iat = Math.floor(Date.now() / 1000);
  const needed = secretsOf[what.purpose];
  const secrets = needed.length > 0 ? { secrets: await encryptTo(bring.session, pick(bring.secrets, needed)) } : {};
  const said = order.parse({ ...what, ...secrets, iss: keys.issuer, nonce, iat, exp: iat + agentTimes.orderSeconds });
  return { order: await signJson(keys.orderKey, orderType, said), nonce };
}

/** What an agent made for a blank card. @throws {Refusal} INVALID when it cannot be read, or is for another case or card */
export async function openPrepared(
  keys: AgentKeys,
  sealed: string,
  expected: Pick<PreparedSecrets, 'case' | 'card'>,
): Promise<PreparedSecrets> {
  const read = await decrypt(keys.sealingKey, sealed);
  const parsed = preparedSecrets.safeParse(read);
  if (!parsed.success || parsed.data.case !== expected.case || parsed.data.card !== expected.card) {
    throw new Refusal('INVALID', 'What the smartcard program sent is not for this card. Start this step again');
  }
  return parsed.data;
}

/** The list an agent believes. @param key the private key whose public half is on the workstations @param until when it ends, if it does */
export async function signOriginList(key: JWK, origins: readonly ListedOrigin[], until?: Date): Promise<string> {
  const iat = Math.floor(Date.now() / 1000);
  const list = originList.parse({ iat, origins, ...(until && { exp: Math.floor(until.getTime() / 1000) }) });
  return signJson(key, originListType, list);
}

/** An entry of that list for a site of this service. */
export const listedOriginOf = (keys: AgentKeys, site: Pick<ListedOrigin, 'origin' | 'name' | 'operations'>): ListedOrigin => ({
  ...site,
  issuer: keys.issuer,
  orderKeys: [publicJwk(keys.orderKey)],
  sealingKey: publicJwk(keys.sealingKey),
});

/** Without the private part. */
export const publicJwk = (key: JWK): PublicJwk => jwk.parse(key);

async function signJson(key: JWK, typ: string, payload: unknown): Promise<string> {
  return new CompactSign(Buffer.from(JSON.stringify(payload)))
    .setProtectedHeader({ alg: 'ES256', typ, ...(key.kid !== undefined && { kid: key.kid }) })
    .sign(await importJWK(key, 'ES256'));
}

async function encryptTo(session: PublicJwk, secrets: Secrets): Promise<string> {
  return new CompactEncrypt(Buffer.from(JSON.stringify(secrets)))
    .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', kid: session.kid })
    .encrypt(await importJWK(session, 'ECDH-ES'));
}

async function decrypt(key: JWK, sealed: string): Promise<unknown> {
  try {
    const { plaintext } = await compactDecrypt(sealed, await importJWK(key, 'ECDH-ES'), {
      keyManagementAlgorithms: ['ECDH-ES'],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
    return JSON.parse(new TextDecoder().decode(plaintext));
  } catch {
    return undefined;
  }
}

function pick(secrets: Secrets, names: readonly (keyof Secrets)[]): Secrets {
  return Object.fromEntries(
    names.map((name) => {
      if (!secrets[name]) throw new Error(`There is no ${name} for this card`);
      return [name, secrets[name]];
    }),
  );
}
