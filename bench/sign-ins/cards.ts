/** Cards as the certificate authority of this run issues them, their keys kept in this process: what is measured is not the card. */
import { generateKeyPairSync, type KeyObject, randomUUID, sign, X509Certificate } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import { type CardTerms, devPolicy, issueCardCertificates } from '../../adapters/certificate-authority.ts';
import type { CertifiedKey } from '../../agent/drivers/driver.ts';
import { CertificateRow, keyHashOf } from '../../db/smartcard/certificate.ts';
import { PersonRow } from '../../db/person/person.ts';
import { insertRoleProfile, nextRoleProfileId } from '../../db/position-request/role-profile.ts';
import { SmartcardRow } from '../../db/smartcard/smartcard.ts';
import type { DevAuthority } from '../../dev/demo/authority.ts';

const organisation = 'A9A5A';
const terms: CardTerms = { lifetimeDays: 365, policy: devPolicy, crlUrl: 'http://localhost:1/crl', ocspUrl: 'http://localhost:1/ocsp' };

export interface Card {
  careId: string;
  serial: string;
  key: CertifiedKey;
}

/**
 * Holders with one position each, who accepted the terms, and their cards.
 *
 * @param from the first's Care ID; each has the next
 */
export async function makeCards(em: EntityManager, { issuing }: DevAuthority, count: number, from = 777_000_000_000): Promise<Card[]> {
  const cards: Card[] = [];
  for (let n = 0; n < count; n++) cards.push(await makeCard(em, issuing, from + n));
  return cards;
}

async function makeCard(em: EntityManager, issuing: DevAuthority['issuing'], number: number): Promise<Card> {
  const [person, smartcard, at] = [randomUUID(), randomUUID(), new Date()];
  const careId = String(number);
  const serial = `7${careId}001`;
  await em.insert(PersonRow, {
    id: person,
    careId,
    state: 'active',
    givenNames: 'Rosa',
    familyName: `Marsh ${number}`,
    dateOfBirth: '1990-05-17',
    identityAssuranceLevel: 3,
    gpg45Profile: 'H1A',
    organisation,
    termsVersion: 1,
    createdAt: at,
  });
  const held = { person, organisation, position: null, jobRole: 'R8009', activities: ['B0560'], startsOn: '2026-01-01', endsOn: null };
  await insertRoleProfile(em, await nextRoleProfileId(em), held);
  await em.insert(SmartcardRow, { id: smartcard, serial, person, organisation, state: 'active', issuedAt: at, createdAt: at });

  const pair = { authentication: newKey(), signing: newKey() };
  const publicKeys = { authentication: pair.authentication.publicKey, signing: pair.signing.publicKey };
  const issued = await issueCardCertificates(issuing, terms, { careId, publicKeys, at });
  for (const kind of ['authentication', 'signing'] as const) {
    const { serial: its, certificate, notBefore, notAfter } = issued[kind];
    const row = { serial: its, smartcard, person, kind, pem: new X509Certificate(certificate).toString(), notBefore, notAfter };
    await em.insert(CertificateRow, { ...row, keyHash: keyHashOf(row.pem), state: 'confirmed', caseId: smartcard, isDev: true });
  }
  return { careId, serial, key: { ...pair.authentication, certificate: issued.authentication.certificate } };
}

function newKey(): Pick<CertifiedKey, 'publicKey' | 'sign'> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { publicKey: publicKey.export({ type: 'spki', format: 'der' }), sign: async (data) => signed(privateKey, data) };
}

const signed = (key: KeyObject, data: Uint8Array) => sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' });
