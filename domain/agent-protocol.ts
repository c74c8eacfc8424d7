/**
 * What a page and the agent on the workstation say to each other, and what a card signs.
 * The page (pages/assets/agent.js) talks to http://localhost:<port>; it carries what the agent and the server say to each other.
 *
 * The agent knows which sites may ask, who they are and their keys from a list signed by us (`originList`), never from the page.
 * - GET /v1/status says which cards are in which readers, and the agent's session key.
 * - POST /v1/requests says what is wanted and answers 202 with an id and, where a person is needed, the agent's window.
 * - GET /v1/requests/<id> answers when it is over (or after 10 seconds, `waiting`). DELETE gives up.
 *
 * Sign in: server makes nonce → page `sign-in` { issuer, nonce } → the person types the passcode in the agent's window
 *   → page gives { statement } to the server, which checks signature, claims (`statementFault`), chain, revocation, card and person.
 * All else needs an order: a JWS of the server for one case, one card and one purpose, good for minutes. Each may be asked for and
 * carried out again; a case resumes on any workstation, because what an order needs of PUK and management key comes with it,
 * encrypted to the session key of the agent that asked.
 * Issue: `prepare` { case, card } → { sealed } (new PUK and management key, which the server stores before the card is touched; the
 *   first it stored for the case stay) → order set-up → order make-keys → { requests } → the certificate authority checks and signs →
 *   order write-certificates → order set-passcode (holder types it twice, accepts the terms) → { statements }, one by each new key.
 * Renew: order renew-keys (passcode) → { requests, statement by the old key } → order write-certificates → order confirm → { statements }
 *   by the new keys → the server revokes the old certificates → order finish removes the old keys. From write-certificates on, the card
 *   signs in with the new pair: a good sign-in with it also confirms it. The passcode is kept for those steps, at most 5 minutes.
 * Unlock: order unlock (carries the PUK; the holder types a new passcode twice) → { statement }.
 */
import { z } from 'zod';

export { passcodeFault, passcodeFaults } from './passcode.ts';

/** Without it the agent does nothing: a page of another site cannot send it without asking first. */
export const agentHeader = 'x-care-agent';
export const agentHeaderValue = '1';
export const environments = ['production', 'dev'] as const;
export type Environment = (typeof environments)[number];
/**
 * What an agent says its cards are. Software cards are files, and of dev only: an agent refuses to use them unless its signed list of
 * sites is of dev, and says of them what they are in all that they sign, which production refuses. That stops an honest agent which was
 * set up wrongly or taken along. It does not stop a program made to lie: only chips that attest their keys would.
 */
export const cardDrivers = ['software', 'pkcs11'] as const;
export type CardDriverKind = (typeof cardDrivers)[number];
/** How long an order, a statement and a request waiting for a person are good. */
export const agentTimes = { orderSeconds: 300, statementSeconds: 120, clockSkewSeconds: 60, requestSeconds: 300, pollSeconds: 10 } as const;

const jws = z
  .string()
  .regex(/^[\w-]+\.[\w-]+\.[\w-]+$/)
  .max(40_000);
const jwe = z
  .string()
  .regex(/^[\w-]+\.[\w-]*\.[\w-]+\.[\w-]+\.[\w-]+$/)
  .max(8000);
const base64url = z.base64url().min(16).max(200);
const der = z.base64().min(1).max(8000);
const seconds = z.int().positive();
const origin = z.url({ protocol: /^https?$/ }).refine((text) => new URL(text).origin === text, 'An origin has no path');
export const cardSerial = z.string().regex(/^[\w-]{1,40}$/);
export const jwk = z.object({
  kty: z.literal('EC'),
  crv: z.enum(['P-256', 'P-384']),
  x: z.base64url(),
  y: z.base64url(),
  kid: z.string().min(1),
});
export type PublicJwk = z.output<typeof jwk>;

export const keyUses = ['authentication', 'signing'] as const;
export type KeyUse = (typeof keyUses)[number];
const both = <T extends z.ZodType>(each: T) => z.strictObject({ authentication: each, signing: each });

export const certificateOnCard = z.strictObject({
  use: z.enum(keyUses),
  careId: z.string(),
  /** As node:crypto and openssl write it: capital hexadecimal. */
  serial: z.string(),
  notAfter: z.iso.datetime(),
  /** The case it was issued in. */
  case: z.string(),
});
export const cardStates = ['blank', 'set-up', 'ready', 'locked', 'blocked'] as const;
/** blank: as delivered; set-up: has PUK and no passcode; locked: too many wrong passcodes; blocked: too many wrong PUKs, for ever. */
export type CardState = (typeof cardStates)[number];
export const card = z.strictObject({
  serial: cardSerial,
  state: z.enum(cardStates),
  /** Those in use first, then those they replace. */
  certificates: z.array(certificateOnCard),
});
export type Card = z.output<typeof card>;
export const reader = z.strictObject({ name: z.string().max(200), card: card.nullable() });
export type Reader = z.output<typeof reader>;
export const status = z.strictObject({ version: z.string(), session: jwk, readers: z.array(reader) });
export type Status = z.output<typeof status>;

/**
 * Encrypted to the session key that came with the asking for the order. Nothing says yet that this is the key of an agent of ours:
 * whoever may ask for an order (an unlocker, an RA agent) can send a key of a program of their own, and read what the order brings.
 * So every order is audited when it is made, and the holder is told of an unlock and of a renewal by somebody else (db/smartcard/card-order.ts).
 */
export const secrets = z.strictObject({ puk: z.string().optional(), managementKey: z.string().optional() });
export type Secrets = z.output<typeof secrets>;
/**
 * What `prepare` answers, encrypted to the server: pages that carry it cannot read it. The agent that made it can, and an operator who
 * runs a program of their own instead; and whoever may order later steps, as said at `secrets`.
 */
export const preparedSecrets = z.strictObject({
  case: z.uuid(),
  card: cardSerial,
  puk: z.string().regex(/^\d{8}$/),
  managementKey: z.string().regex(/^[0-9a-f]{48}$/),
});
export type PreparedSecrets = z.output<typeof preparedSecrets>;

const orderClaims = { iss: z.string(), case: z.uuid(), card: cardSerial, nonce: base64url, iat: seconds, exp: seconds };
export const order = z.discriminatedUnion('purpose', [
  z.strictObject({ ...orderClaims, purpose: z.literal('set-up'), secrets: jwe }),
  z.strictObject({ ...orderClaims, purpose: z.literal('make-keys'), secrets: jwe }),
  z.strictObject({ ...orderClaims, purpose: z.literal('write-certificates'), secrets: jwe, certificates: both(der) }),
  z.strictObject({ ...orderClaims, purpose: z.literal('set-passcode'), secrets: jwe, terms: z.string().max(40) }),
  z.strictObject({ ...orderClaims, purpose: z.literal('unlock'), secrets: jwe }),
  z.strictObject({ ...orderClaims, purpose: z.literal('renew-keys'), secrets: jwe }),
  z.strictObject({ ...orderClaims, purpose: z.literal('confirm') }),
  z.strictObject({ ...orderClaims, purpose: z.literal('finish') }),
]);
export type Order = z.output<typeof order>;
export type OrderPurpose = Order['purpose'];
/** Which secrets each order brings: no more than its step needs. */
export const secretsOf: Record<OrderPurpose, readonly (keyof Secrets)[]> = {
  'set-up': ['puk', 'managementKey'],
  'make-keys': ['managementKey'],
  'write-certificates': ['managementKey'],
  'set-passcode': ['puk'],
  unlock: ['puk'],
  'renew-keys': ['managementKey'],
  confirm: [],
  finish: [],
};
export const orderType = 'care-order+jwt';

export const operations = ['sign-in', 'prepare', 'order'] as const;
export const listedOrigin = z.strictObject({
  origin,
  /** What the person is told is asking. */
  name: z.string().min(1).max(100),
  /** The authentication service it belongs to: what a card signs is for it alone. */
  issuer: z.url(),
  operations: z.array(z.enum(operations)),
  orderKeys: z.array(jwk),
  sealingKey: jwk,
});
export type ListedOrigin = z.output<typeof listedOrigin>;
export const originList = z.strictObject({
  iat: seconds,
  exp: seconds.optional(),
  /** Which environment the sites are of. */
  environment: z.enum(environments).default('production'),
  origins: z.array(listedOrigin),
});
export type OriginList = z.output<typeof originList>;
export const originListType = 'care-origins+jwt';

export const agentRequest = z.discriminatedUnion('operation', [
  z.strictObject({ operation: z.literal('sign-in'), issuer: z.url(), nonce: base64url }),
  z.strictObject({ operation: z.literal('prepare'), case: z.uuid(), card: cardSerial }),
  z.strictObject({ operation: z.literal('order'), order: jws }),
]);
export type AgentRequest = z.output<typeof agentRequest>;

export const agentResult = z.strictObject({
  /** PreparedSecrets, encrypted to the server (JWE, ECDH-ES, A256GCM). */
  sealed: jwe.optional(),
  /** PKCS#10, whose challengePassword is `requestChallenge(case, nonce)`, and whose subject's OU is the driver's kind. */
  requests: both(der).optional(),
  /** By the authentication key; for renew-keys the old one. */
  statement: jws.optional(),
  /** One by each key of the pair of the case. */
  statements: both(jws).optional(),
});
export type AgentResult = z.output<typeof agentResult>;
/** Ties a certificate request to its case and its order (RFC 2985, 5.4.1). */
export const requestChallenge = (caseId: string, nonce: string) => `${caseId}.${nonce}`;

export const agentRefusals = {
  NOT_ALLOWED: 'This site may not use the smartcard on this computer',
  INVALID: 'The request cannot be read',
  BAD_ORDER: 'The order is not one of this site’s service, or is too old. Try again',
  NO_CARD: 'There is no such card in a reader. Put the card in a reader',
  CARD_CHANGED: 'The card was taken out or changed. Put it back and try again',
  NOT_BLANK: 'This card is not blank. Use a new card',
  NOT_READY: 'This card is not ready for this step',
  LOCKED: 'This card is locked',
  WRONG_SECRET: 'The card does not take the key held for it. Use another card',
  NOT_THE_KEY: 'The certificate is not for the key on this card',
  CANCELLED: 'You cancelled, or closed the window',
  TOO_LATE: 'Nobody answered in time. Try again',
  FAULT: 'Something went wrong in the program that reads the card. Try again',
  BUSY: 'Too many requests are waiting. Finish or cancel one first',
} as const;
export type AgentRefusalCode = keyof typeof agentRefusals;
export const agentRefusal = z.strictObject({ code: z.string(), message: z.string() });
export const accepted = z.strictObject({ id: z.string(), window: z.url().nullable() });
export const progress = z.discriminatedUnion('state', [
  z.strictObject({ state: z.literal('waiting') }),
  z.strictObject({ state: z.literal('done'), result: agentResult }),
  z.strictObject({ state: z.literal('refused'), refusal: agentRefusal }),
]);
export type Progress = z.output<typeof progress>;

export const statementPurposes = ['sign-in', 'renew-keys', 'set-passcode', 'confirm', 'unlock'] as const;
export type StatementPurpose = (typeof statementPurposes)[number];
/** JWS `typ`, one a purpose, so that one kind never passes for another (RFC 8725, 3.11). */
export const statementType = (purpose: StatementPurpose) => `care-${purpose}+jwt`;

/** The payload of a JWS (compact, ES256; x5c holds the one certificate of the key). The agent makes every field but nonce itself. */
export const statement = z.strictObject({
  purpose: z.enum(statementPurposes),
  use: z.enum(keyUses),
  /** Of the page that asked, as the browser said it. */
  origin,
  /** The issuer it is for. */
  aud: z.url(),
  nonce: base64url,
  iat: seconds,
  card: cardSerial,
  driver: z.enum(cardDrivers),
  case: z.uuid().optional(),
  /** The version of the terms the holder accepted. */
  terms: z.string().optional(),
  /** SHA-256 (base64url) of each certificate request the holder made keys for. */
  requests: both(base64url).optional(),
});
export type Statement = z.output<typeof statement>;

export interface ExpectedStatement {
  readonly purpose: StatementPurpose;
  readonly use: KeyUse;
  readonly origin: string;
  readonly issuer: string;
  /** The one the server made for this, and takes once. */
  readonly nonce: string;
  /** Where it is judged. */
  readonly environment: Environment;
  readonly card?: string;
  readonly case?: string;
  readonly terms?: string;
}
/** @param driver null when it is not said */
export const takesCardsOf = (driver: CardDriverKind | null, environment: Environment): boolean =>
  environment === 'dev' || (driver !== null && driver !== 'software');

export type StatementFault = 'PURPOSE' | 'USE' | 'ORIGIN' | 'ISSUER' | 'NONCE' | 'TIME' | 'CARD' | 'CASE' | 'TERMS' | 'DRIVER';

/** Why a statement whose signature is good is not what was asked for; null when it is. */
export function statementFault(said: Statement, expected: ExpectedStatement, now: Date): StatementFault | null {
  if (said.purpose !== expected.purpose) return 'PURPOSE';
  if (said.use !== expected.use) return 'USE';
  if (said.origin !== expected.origin) return 'ORIGIN';
  if (said.aud !== expected.issuer) return 'ISSUER';
  if (said.nonce !== expected.nonce) return 'NONCE';
  if (!isTimely(said.iat, now, agentTimes.statementSeconds)) return 'TIME';
  if (!takesCardsOf(said.driver, expected.environment)) return 'DRIVER';
  if (expected.card !== undefined && said.card !== expected.card) return 'CARD';
  if (said.case !== expected.case) return 'CASE';
  return said.terms === expected.terms ? null : 'TERMS';
}

export type OrderFault = 'ISSUER' | 'TIME';

/** Why an order whose signature is good must not be carried out; null when it may. */
export function orderFault(said: Order, issuer: string, now: Date): OrderFault | null {
  if (said.iss !== issuer) return 'ISSUER';
  const lasts = said.exp - said.iat;
  return lasts <= agentTimes.orderSeconds && isTimely(said.iat, now, lasts) ? null : 'TIME';
}

const isTimely = (at: number, now: Date, goodForSeconds: number) => {
  const age = now.getTime() / 1000 - at;
  return age >= -agentTimes.clockSkewSeconds && age <= goodForSeconds + agentTimes.clockSkewSeconds;
};
