/**
 * What the service tells the agent on a workstation to do with a card: orders signed by us, secrets only that agent can read;
 * and the secrets an agent made for a new card, which only we can read. See domain/agent-protocol.ts.
 */
import { compactDecrypt, CompactEncrypt, CompactSign, importJWK, type JWK } from 'jose';
import {
  agentTimes,
  type Environment,
  jwk,
  type Order,
  order as orderSchema,
  type OrderPurpose,
  orderType,
  type PreparedSecrets,
  preparedSecrets,
  type PublicJwk,
  type Secrets,
  secretsOf,
} from '../domain/agent-protocol.ts';
import { Refusal } from '../domain/refusal.ts';

export interface OrderKeys {
  /** Private, ES256, with a kid. */
  order: JWK;
  /** Private, ECDH-ES on P-256, with a kid. */
  sealing: JWK;
}

export interface AskedOrder {
  purpose: OrderPurpose;
  case: string;
  card: string;
  nonce: string;
  madeAt: Date;
  /** The agent it is for. */
  session: PublicJwk;
  secrets?: Secrets;
  /** DER. */
  certificates?: Record<'authentication' | 'signing', Buffer>;
  terms?: string;
}

export interface CardOrders {
  /** Whom statements of a card are for, and orders from. */
  readonly issuer: string;
  /** The sites whose pages may carry them. */
  readonly origins: readonly string[];
  /** Production takes no software cards. */
  readonly environment: Environment;
  /** What the signed list of sites says of us. */
  readonly publicKeys: { orderKeys: PublicJwk[]; sealingKey: PublicJwk };
  /** A compact JWS: the same order however often it is signed. */
  sign(asked: AskedOrder): Promise<string>;
  /** @throws {Refusal} INVALID unless it was sealed to us */
  openPrepared(sealed: string): Promise<PreparedSecrets>;
}

export function createCardOrders(
  keys: OrderKeys,
  { issuer, origins, environment }: Pick<CardOrders, 'issuer' | 'origins' | 'environment'>,
): CardOrders {
  const publicOf = ({ kty, crv, x, y, kid }: JWK) => jwk.parse({ kty, crv, x, y, kid });
  return {
    issuer,
    origins,
    environment,
    publicKeys: { orderKeys: [publicOf(keys.order)], sealingKey: publicOf(keys.sealing) },
    async sign(asked) {
      const said = orderSchema.parse(await claimsOf(asked, issuer));
      return new CompactSign(Buffer.from(JSON.stringify(said)))
        .setProtectedHeader({ alg: 'ES256', typ: orderType, kid: keys.order.kid ?? '' })
        .sign(await importJWK(keys.order, 'ES256'));
    },
    async openPrepared(sealed) {
      const key = await importJWK(keys.sealing, 'ECDH-ES');
      try {
        const algorithms = { keyManagementAlgorithms: ['ECDH-ES'], contentEncryptionAlgorithms: ['A256GCM'] };
        const { plaintext } = await compactDecrypt(sealed, key, algorithms);
        return preparedSecrets.parse(JSON.parse(new TextDecoder().decode(plaintext)));
      } catch {
        throw new Refusal('INVALID', 'What the workstation prepared cannot be read. Try again');
      }
    },
  };
}

async function claimsOf({ purpose, case: caseId, card, nonce, madeAt, ...asked }: AskedOrder, iss: string): Promise<unknown> {
  const iat = Math.floor(madeAt.getTime() / 1000);
  const claims = { purpose, iss, case: caseId, card, nonce, iat, exp: iat + agentTimes.orderSeconds };
  const needed = secretsOf[purpose];
  return {
    ...claims,
    ...(needed.length > 0 && { secrets: await encrypted(only(asked.secrets, needed), asked.session) }),
    ...(purpose === 'write-certificates' && asked.certificates && { certificates: asBase64(asked.certificates) }),
    ...(purpose === 'set-passcode' && { terms: asked.terms }),
  } satisfies Partial<Order> | object;
}

/** No more than the step needs. */
function only(secrets: Secrets = {}, needed: readonly (keyof Secrets)[]): Secrets {
  return Object.fromEntries(needed.map((name) => [name, secrets[name]]));
}

const encrypted = async (secrets: Secrets, session: PublicJwk) =>
  new CompactEncrypt(Buffer.from(JSON.stringify(secrets)))
    .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', kid: session.kid })
    .encrypt(await importJWK(session, 'ECDH-ES'));

const asBase64 = ({ authentication, signing }: NonNullable<AskedOrder['certificates']>) => ({
  authentication: authentication.toString('base64'),
  signing: signing.toString('base64'),
});
