/** The session of this agent: the key that servers encrypt to, and the check of what they order. */
import { randomBytes, randomInt } from 'node:crypto';
import {
  calculateJwkThumbprint,
  compactDecrypt,
  CompactEncrypt,
  compactVerify,
  createLocalJWKSet,
  exportJWK,
  generateKeyPair,
  importJWK,
} from 'jose';
import type { ListedOrigin, Order, PreparedSecrets, PublicJwk, Secrets } from '../domain/agent-protocol.ts';
import { jwk, order, orderFault, orderType, secrets, secretsOf } from '../domain/agent-protocol.ts';
import { CardError } from './drivers/driver.ts';

/** Those an order does not bring are empty. */
export type OpenedSecrets = Readonly<Record<keyof Secrets, string>>;

export interface Session {
  readonly publicKey: PublicJwk;
  /** @throws {CardError} BAD_ORDER unless it is an order of that site's service, made within minutes */
  readOrder(jws: string, from: ListedOrigin): Promise<Order>;
  /** What the order brings, all of it. @throws {CardError} BAD_ORDER when it was made for another agent */
  openSecrets(said: Order): Promise<OpenedSecrets>;
}

/** The key lives as long as the process: what was encrypted to it is lost with it, and a fresh order is asked for. */
export async function createSession(now: () => Date = () => new Date()): Promise<Session> {
  const { publicKey, privateKey } = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true });
  const exported = await exportJWK(publicKey);
  const shown = jwk.parse({ ...exported, kid: await calculateJwkThumbprint(exported) });
  return {
    publicKey: shown,
    async readOrder(jws, from) {
      const said = await orBadOrder(async () => {
        const keys = createLocalJWKSet({ keys: from.orderKeys });
        const { payload } = await compactVerify(jws, keys, { algorithms: ['ES256'] }).then((verified) => {
          if (verified.protectedHeader.typ !== orderType) throw new Error(`Type is ${verified.protectedHeader.typ}, not ${orderType}`);
          return verified;
        });
        return order.parse(JSON.parse(new TextDecoder().decode(payload)));
      });
      if (orderFault(said, from.issuer, now())) throw new CardError('BAD_ORDER');
      return said;
    },
    async openSecrets(said) {
      if (!('secrets' in said)) return { puk: '', managementKey: '' };
      const opened = await orBadOrder(async () => {
        const { plaintext } = await compactDecrypt(said.secrets, privateKey, {
          keyManagementAlgorithms: ['ECDH-ES'],
          contentEncryptionAlgorithms: ['A256GCM'],
        });
        return secrets.parse(JSON.parse(new TextDecoder().decode(plaintext)));
      });
      if (secretsOf[said.purpose].some((name) => !opened[name])) throw new CardError('BAD_ORDER');
      return { puk: opened.puk ?? '', managementKey: opened.managementKey ?? '' };
    },
  };
}

async function orBadOrder<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch {
    throw new CardError('BAD_ORDER');
  }
}

/** A new PUK and management key, which only the service of that site can read. The agent keeps neither. */
export async function prepareSecrets(about: Pick<PreparedSecrets, 'case' | 'card'>, sealingKey: PublicJwk): Promise<string> {
  const made: PreparedSecrets = {
    ...about,
    puk: String(randomInt(100_000_000)).padStart(8, '0'),
    managementKey: randomBytes(24).toString('hex'),
  };
  return new CompactEncrypt(Buffer.from(JSON.stringify(made)))
    .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', kid: sealingKey.kid })
    .encrypt(await importJWK(sealingKey, 'ECDH-ES'));
}
