/** The keys that settings name, read once by an entry point: those that speak to agents, and the one that signs certificates. */
import { readFileSync } from 'node:fs';
import type { JWK } from 'jose';
import { type CardOrders, createCardOrders } from './card-order.ts';
import { type Authority, type CardTerms, isDevCertificate } from './certificate-authority.ts';
import { openSecret } from './certificate/sealing.ts';
import { signerOf } from './certificate/signer.ts';

export interface CardOrderFiles {
  CARD_ORDER_KEY_FILE: string;
  CARD_SEALING_KEY_FILE: string;
  ISSUER: string;
  WEB_URL: string;
}

export const cardOrdersFrom = ({ CARD_ORDER_KEY_FILE, CARD_SEALING_KEY_FILE, ISSUER, WEB_URL }: CardOrderFiles): CardOrders =>
  createCardOrders(
    { order: readJwk(CARD_ORDER_KEY_FILE), sealing: readJwk(CARD_SEALING_KEY_FILE) },
    { issuer: ISSUER, origins: [new URL(WEB_URL).origin] },
  );

const readJwk = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as JWK;

/** What signs, what each certificate says, and whether it is an authority of dev. */
export interface CardAuthority {
  issuing: Authority;
  terms: CardTerms;
  isDev: boolean;
}

export interface AuthorityFiles {
  /** PEM; the first issues. */
  CA_ISSUING_FILE: string;
  CA_ISSUING_KEY_FILE: string;
  CA_KEY: Uint8Array;
  CERTIFICATE_POLICY: string;
  CERTIFICATE_LIFETIME_DAYS: number;
  AUTHENTICATION_URL: string;
}

/** What the issuing key is sealed as belonging to. */
export const aboutIssuingKey = 'issuing-key';

/** @throws {Error} if the sealed key does not open, or is not the certificate's */
export function cardAuthorityFrom(settings: AuthorityFiles): CardAuthority {
  const [text] = /-----BEGIN CERTIFICATE-----([^-]+)-----END/.exec(readFileSync(settings.CA_ISSUING_FILE, 'utf8'))?.slice(1) ?? [];
  if (!text) throw new Error(`${settings.CA_ISSUING_FILE} holds no certificate`);
  const certificate = Buffer.from(text, 'base64');
  const signer = signerOf(openSecret(settings.CA_KEY, aboutIssuingKey, readFileSync(settings.CA_ISSUING_KEY_FILE, 'utf8')));
  if (!certificate.includes(signer.publicKey))
    throw new Error(`${settings.CA_ISSUING_KEY_FILE} is not the key of ${settings.CA_ISSUING_FILE}`);
  const terms = {
    lifetimeDays: settings.CERTIFICATE_LIFETIME_DAYS,
    policy: settings.CERTIFICATE_POLICY,
    crlUrl: `${settings.AUTHENTICATION_URL}/pki/issuing.crl`,
    ocspUrl: `${settings.AUTHENTICATION_URL}/pki/ocsp`,
  };
  return { issuing: { certificate, signer }, terms, isDev: isDevCertificate(certificate) };
}
