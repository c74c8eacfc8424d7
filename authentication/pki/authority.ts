/** The certificate authority as the authentication service needs it: whose cards to take, and what to sign lists and answers with. */
import { readFileSync } from 'node:fs';
import {
  type Authority,
  createResponder,
  createTrust,
  isDevCertificate,
  newSigner,
  type Trust,
} from '../../adapters/certificate-authority.ts';
import { issuingSigner } from '../../adapters/certificate/issuing-signer.ts';
import type { AuthenticationSettings } from '../settings.ts';

export interface CardAuthority {
  trust: Trust;
  /** Signs revocation lists. */
  issuing: Authority;
  /** Signs OCSP answers: a key of this process's own, never kept. */
  responder(now: Date): Promise<Authority>;
}

const responderDays = 7;
const renewedAfterMs = 3 * 24 * 60 * 60 * 1000;

/** @throws {Error} unless the files fit together, and in production if they are of dev */
export async function loadAuthority(settings: AuthenticationSettings): Promise<CardAuthority> {
  const [root] = certificatesIn(settings.CA_ROOT_FILE);
  const all = certificatesIn(settings.CA_ISSUING_FILE);
  const [certificate] = all;
  if (!root || !certificate) throw new Error('CA_ROOT_FILE and CA_ISSUING_FILE hold no certificate');
  if (settings.ENVIRONMENT === 'production' && all.some((each) => isDevCertificate(each))) {
    throw new Error('CA_ISSUING_FILE is an authority of dev: production takes no card of it');
  }
  const signer = await issuingSigner(settings);
  const issuing = { certificate, signer };
  let made: { at: Date; responder: Promise<Authority> } | undefined;
  return {
    trust: createTrust(root, all),
    issuing,
    responder(now) {
      if (!made || now.getTime() - made.at.getTime() > renewedAfterMs) {
        made = { at: now, responder: createResponder(issuing, newSigner('P-256').signer, { from: now, days: responderDays }) };
      }
      return made.responder;
    },
  };
}

/** DER of each certificate of a PEM file, in its order. */
const certificatesIn = (file: string): Buffer[] =>
  [...readFileSync(file, 'utf8').matchAll(/-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----/g)].map(([, text = '']) =>
    Buffer.from(text, 'base64'),
  );
