import type { AgentRefusalCode, CardDriverKind, KeyUse, PreparedSecrets, Reader } from '../../domain/agent-protocol.ts';

/** The card said no. WRONG_PASSCODE is for the person at the window only; the page hears of it when the card is locked. */
export class CardError extends Error {
  readonly code: AgentRefusalCode | 'WRONG_PASSCODE';

  constructor(code: AgentRefusalCode | 'WRONG_PASSCODE') {
    super(code);
    this.code = code;
  }
}

/** A key that never leaves the card. */
export interface CardKey {
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Buffer;
  /** ECDSA with SHA-256 over the bytes: r and s, 32 bytes each. */
  sign(data: Uint8Array): Promise<Buffer>;
}
export interface CertifiedKey extends CardKey {
  /** DER. */
  readonly certificate: Buffer;
}
export type Pair<T> = Readonly<Record<KeyUse, T>>;

/** What opens a card for a step: a management key before it has a passcode, both after. */
export interface Access {
  readonly case: string;
  readonly managementKey: string;
  readonly passcode?: string;
}

/**
 * A kind of card. A card holds one pair of keys for each case, at most the one in use and the one that is to replace it;
 * the newest pair that has both certificates is in use. Every step may be done again, and finds what a half-done one left.
 *
 * @throws {CardError} from each: NO_CARD when no reader has it, LOCKED, NOT_READY
 */
export interface CardDriver {
  readonly kind: CardDriverKind;
  /** Every reader, with what is in it. Needs no passcode. */
  readers(): Promise<Reader[]>;
  /** @throws {CardError} NOT_BLANK unless it is blank, or was set up with these same secrets */
  setUp(card: string, secrets: Pick<PreparedSecrets, 'puk' | 'managementKey'>): Promise<void>;
  /** The keys of the case: the same ones when they were made before. */
  makeKeys(card: string, access: Access): Promise<Pair<CardKey>>;
  /** @throws {CardError} NOT_THE_KEY when a certificate (DER) is not for the key of the case */
  writeCertificates(card: string, access: Access, certificates: Pair<Buffer>): Promise<void>;
  /** The first passcode, and any after the card was locked. @throws {CardError} WRONG_SECRET */
  setPasscode(card: string, secrets: { puk: string; passcode: string }): Promise<void>;
  /** Uses one try if the passcode is wrong. @param caseId the pair of that case; without it, the pair in use. @throws {CardError} WRONG_PASSCODE */
  open(card: string, passcode: string, caseId?: string): Promise<Pair<CertifiedKey>>;
  /** Removes every pair but that of the case, which has its certificates. @throws {CardError} WRONG_PASSCODE */
  finish(card: string, access: { case: string; passcode: string }): Promise<void>;
  /** Wrong passcodes it still takes; null when the card does not say. */
  triesLeft(card: string): Promise<number | null>;
}

export const forBoth = <T>(each: (use: KeyUse) => T): Pair<T> => ({ authentication: each('authentication'), signing: each('signing') });
