/** The keys that settings name, read once by an entry point: those that speak to agents, and the one that signs certificates. */
import { readFileSync } from 'node:fs';
import type { JWK } from 'jose';
import type { Environment } from '../domain/agent-protocol.ts';
import { type CardOrders, createCardOrders } from './card-order.ts';
import { type Authority, type CardTerms, isDevCertificate } from './certificate-authority.ts';
import { issuingSigner, type IssuingKeySettings } from './certificate/issuing-signer.ts';

export interface CardOrderFiles {
  ENVIRONMENT: Environment;
  CARD_ORDER_KEY_FILE: string;
  CARD_SEALING_KEY_FILE: string;
  ISSUER: string;
  WEB_URL: string;
}

export const cardOrdersFrom = ({ CARD_ORDER_KEY_FILE, CARD_SEALING_KEY_FILE, ISSUER, WEB_URL, ENVIRONMENT }: CardOrderFiles): CardOrders =>
  createCardOrders(
    { order: readJwk(CARD_ORDER_KEY_FILE), sealing: readJwk(CARD_SEALING_KEY_FILE) },
    { issuer: ISSUER, origins: [new URL(WEB_URL).origin], environment: ENVIRONMENT },
  );

const readJwk = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as JWK;

/** What signs, what each certificate says, and whether it is an authority of dev. */
export interface CardAuthority {
  issuing: Authority;
  terms: CardTerms;
  isDev: boolean;
}

export interface AuthorityFiles extends IssuingKeySettings {
  ENVIRONMENT: Environment;
  /** PEM; the first issues. */
  CA_ISSUING_FILE: string;
  CERTIFICATE_POLICY: string;
  CERTIFICATE_LIFETIME_DAYS: number;
  AUTHENTICATION_URL: string;
}

/** @throws {Error} if the key is not the certificate's, and in production if it is an authority of dev */
export async function cardAuthorityFrom(settings: AuthorityFiles): Promise<CardAuthority> {
  const [text] = /-----BEGIN CERTIFICATE-----([^-]+)-----END/.exec(readFileSync(settings.CA_ISSUING_FILE, 'utf8'))?.slice(1) ?? [];
  if (!text) throw new Error(`${settings.CA_ISSUING_FILE} holds no certificate`);
  const certificate = Buffer.from(text, 'base64');
  const signer = await issuingSigner(settings);
  if (!certificate.includes(signer.publicKey)) throw new Error(`The issuing key is not that of ${settings.CA_ISSUING_FILE}`);
  const isDev = isDevCertificate(certificate);
  if (isDev && settings.ENVIRONMENT === 'production')
    throw new Error('CA_ISSUING_FILE is an authority of dev: production issues nothing by it');
  const terms = {
    lifetimeDays: settings.CERTIFICATE_LIFETIME_DAYS,
    policy: settings.CERTIFICATE_POLICY,
    crlUrl: `${settings.AUTHENTICATION_URL}/pki/issuing.crl`,
    ocspUrl: `${settings.AUTHENTICATION_URL}/pki/ocsp`,
  };
  return { issuing: { certificate, signer }, terms, isDev };
}
