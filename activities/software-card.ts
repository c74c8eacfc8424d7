/** A smartcard that is a file, made by the steps by which real ones are: for people of the demo and of the sandbox. */
import { randomBytes, randomInt, X509Certificate } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { type Authority, type CardTerms, issueCardCertificates } from '../adapters/certificate-authority.ts';
import type { Drawer } from '../agent/drivers/software.ts';
import type { Cause } from '../db/audit.ts';
import { pairOfCase, recordCertificateIssued, recordPairConfirmed } from '../db/smartcard/certificate.ts';
import { recordSmartcardStep } from '../db/smartcard/smartcard-step.ts';
import { findSmartcard, recordSmartcardPrepared, secretsOfCard, SmartcardRow } from '../db/smartcard/smartcard.ts';

export interface SoftwareCardMaking {
  em: EntityManager;
  /** Where the card is made. Its readers are nobody else's meanwhile. */
  drawer: Drawer;
  reader: string;
  authority: Authority;
  terms: CardTerms;
  /** The setting CARD_SECRETS_KEY. */
  secretsKey: Uint8Array;
}

export interface SoftwareCard {
  id: string;
  serial: string;
  person: string;
  careId: string;
  organisation: string;
  passcode: string;
}

/** Each step may have been done before: what died half-way is finished by the next try. */
export async function makeSoftwareCard(making: SoftwareCardMaking, cause: Cause, card: SoftwareCard): Promise<void> {
  const { em, drawer, reader } = making;
  const { id, serial, person, organisation } = card;
  const found = await em.findOne(SmartcardRow, { id }, { refresh: true });
  if (found && found.state !== 'issuing') return;
  if (!found) {
    const secrets = { puk: String(randomInt(10 ** 8)).padStart(8, '0'), managementKey: randomBytes(24).toString('hex') };
    await em.transactional((tx) =>
      recordSmartcardPrepared(tx, cause, { id, serial, person, organisation }, { key: making.secretsKey, secrets }),
    );
  }
  await drawer.addBlank(serial);
  await drawer.put(serial, reader);
  await personalise(making, cause, card);
  await drawer.put(null, reader);
}

async function personalise(
  { em, drawer, authority, terms, secretsKey }: SoftwareCardMaking,
  cause: Cause,
  { id, serial, person, careId, organisation, passcode }: SoftwareCard,
): Promise<void> {
  const smartcard = await findSmartcard(em, id);
  const { puk, managementKey } = secretsOfCard(secretsKey, smartcard);
  const access = { case: id, managementKey };
  await drawer.setUp(serial, { puk, managementKey });
  const keys = await drawer.makeKeys(serial, access);
  const publicKeys = { authentication: keys.authentication.publicKey, signing: keys.signing.publicKey };
  const issued = await issueCardCertificates(authority, terms, { careId, publicKeys, at: cause.at });
  await em.transactional(async (tx) => {
    for (const kind of ['authentication', 'signing'] as const) {
      const { serial: number, certificate, notBefore, notAfter } = issued[kind];
      const pem = new X509Certificate(certificate).toString();
      const row = { serial: number, smartcard: id, person, kind, pem, notBefore, notAfter, isDev: true, caseId: id };
      await recordCertificateIssued(tx, cause, row, organisation);
    }
    const pair = await pairOfCase(tx, id);
    if (!pair) throw new Error(`The certificates of ${id} were not kept`);
    await recordPairConfirmed(tx, cause, pair, organisation);
    await drawer.writeCertificates(serial, access, {
      authentication: issued.authentication.certificate,
      signing: issued.signing.certificate,
    });
    await drawer.setPasscode(serial, { puk, passcode });
    await recordSmartcardStep(tx, cause, 'issue', await findSmartcard(tx, id));
  });
}
