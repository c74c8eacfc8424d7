/** What OCSP and revocation lists say of the certificates in the table. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { RevocationReason } from '../../domain/certificate.ts';

export interface RevokedCertificate {
  serial: string;
  at: Date;
  reason: RevocationReason;
}

/** Those revoked that would still be good otherwise: an expired one needs no list (RFC 5280, 3.3). */
export async function revokedCertificates(em: EntityManager, now: Date): Promise<RevokedCertificate[]> {
  const rows = await em.execute<Array<{ serial: string; at: string; reason: RevocationReason }>>(
    `select serial, revoked_at as at, reason from certificate where state = 'revoked' and not_after > :now order by revoked_at`,
    { now },
  );
  return rows.map(({ serial, at, reason }) => ({ serial, at: new Date(at), reason }));
}

export type Standing = { state: 'good' } | { state: 'unknown' } | ({ state: 'revoked' } & Omit<RevokedCertificate, 'serial'>);

/** In the order asked. */
export async function standingsOf(em: EntityManager, serials: readonly string[]): Promise<Standing[]> {
  if (serials.length === 0) return [];
  const rows = await em.execute<Array<{ serial: string; at: string | null; reason: RevocationReason }>>(
    `select serial, revoked_at as at, reason from certificate where serial in (:serials)`,
    { serials: [...serials] },
  );
  const found = new Map(rows.map((row) => [row.serial, row]));
  return serials.map((serial) => {
    const row = found.get(serial);
    if (!row) return { state: 'unknown' };
    return row.at ? { state: 'revoked', at: new Date(row.at), reason: row.reason } : { state: 'good' };
  });
}
