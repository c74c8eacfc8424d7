/** Every certificate ever signed. A card's pair is issued, then confirmed by its new keys, then revoked or past. */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';

export const certificateStates = ['issued', 'confirmed', 'revoked'] as const;
export type CertificateState = (typeof certificateStates)[number];
export const certificateKinds = ['authentication', 'signing'] as const;
export type CertificateKind = (typeof certificateKinds)[number];

const schema = defineEntity({
  name: 'CertificateRow',
  tableName: 'certificate',
  properties: {
    /** As node:crypto and openssl write it: capital hexadecimal. */
    serial: p.string().primary(),
    smartcard: p.uuid(),
    person: p.uuid(),
    kind: p.enum(certificateKinds),
    pem: p.text(),
    notBefore: p.datetime(),
    notAfter: p.datetime(),
    state: p.enum(certificateStates),
    revokedAt: p.datetime().nullable(),
    /** A reason of RFC 5280, 5.3.1, in its own words: keyCompromise, superseded … */
    reason: p.string().nullable(),
    caseId: p.uuid().nullable(),
    /** Carries the dev policy: production refuses it. */
    isDev: p.boolean(),
  },
});

export class CertificateRow extends schema.class {}
schema.setClass(CertificateRow);

export const findCertificate = (em: EntityManager, serial: string): Promise<CertificateRow | null> =>
  em.findOne(CertificateRow, { serial }, { refresh: true });
