import { X509Certificate } from 'node:crypto';
import type { Card } from '../../domain/agent-protocol.ts';
import { keyUses } from '../../domain/agent-protocol.ts';
import type { Pair } from './driver.ts';

/** What a card says of the certificates of one case (DER). */
export const certificatesOf = (caseId: string, pair: Pair<Buffer>): Card['certificates'] =>
  keyUses.map((use) => {
    const certificate = new X509Certificate(pair[use]);
    const careId = /^CN=(.+)$/m.exec(certificate.subject)?.[1] ?? '';
    return { use, careId, serial: certificate.serialNumber, notAfter: new Date(certificate.validTo).toISOString(), case: caseId };
  });
