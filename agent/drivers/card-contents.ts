/** What a software card holds, seen as a card: its state, its certificates, its keys once it is open. */
import { createPrivateKey, generateKeyPair, sign, X509Certificate } from 'node:crypto';
import { promisify } from 'node:util';
import type { Card, CardState, KeyUse } from '../../domain/agent-protocol.ts';
import { keyUses } from '../../domain/agent-protocol.ts';
import type { CardFile, StoredPair } from './card-file.ts';
import { certificatesOf } from './certificates.ts';
import type { CardKey, Pair } from './driver.ts';
import { CardError, forBoth } from './driver.ts';
import { decrypt, encrypt } from './sealed.ts';

export const isComplete = (pair: StoredPair) => keyUses.every((use) => pair[use].certificate !== null);

export function describe(card: CardFile | null): Card | null {
  return (
    card && { serial: card.serial, state: stateOf(card), certificates: card.pairs.filter(isComplete).toReversed().flatMap(certificatesIn) }
  );
}

const certificatesIn = (pair: StoredPair) =>
  certificatesOf(
    pair.case,
    forBoth((use) => Buffer.from(pair[use].certificate ?? '', 'base64')),
  );

function stateOf(card: CardFile): CardState {
  if (!card.byPuk) return 'blank';
  const isOpen = card.byPasscode !== null && card.passcodeTriesLeft > 0;
  if (isOpen) return 'ready';
  if (card.pukTriesLeft === 0) return 'blocked';
  return card.byPasscode ? 'locked' : 'set-up';
}

export async function newKey(cardKey: Buffer, serial: string): Promise<StoredPair['signing']> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
  const spki = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'der' });
  return { publicKey: spki, privateKey: encrypt(cardKey, `${serial} ${spki}`, pkcs8), certificate: null };
}

export function usable(cardKey: Buffer, serial: string, stored: StoredPair['signing']): CardKey {
  const pkcs8 = decrypt(cardKey, `${serial} ${stored.publicKey}`, stored.privateKey);
  if (!pkcs8) throw new Error(`Card ${serial} holds a key it cannot read`);
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  return {
    publicKey: Buffer.from(stored.publicKey, 'base64'),
    sign: async (data) => sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' }),
  };
}

export function certified(pair: StoredPair, use: KeyUse, certificates: Pair<Buffer>): string {
  const certificate = new X509Certificate(certificates[use]);
  const spki = certificate.publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  if (spki !== pair[use].publicKey) throw new CardError('NOT_THE_KEY');
  return certificate.raw.toString('base64');
}
