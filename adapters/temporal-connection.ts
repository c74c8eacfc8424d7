/** How a process reaches Temporal: by mutual TLS, which production demands. */
import { readFileSync } from 'node:fs';
import type { TLSConfig } from '@temporalio/common/lib/internal-non-workflow/index.js';

export interface TemporalPlace {
  TEMPORAL_ADDRESS: string;
  TEMPORAL_CA_FILE?: string | undefined;
  TEMPORAL_CERTIFICATE_FILE?: string | undefined;
  TEMPORAL_KEY_FILE?: string | undefined;
}

/** What Temporal's connections take: the address, and the three files where they are given (PEM). */
export function temporalConnection(place: TemporalPlace): { address: string; tls?: TLSConfig } {
  const { TEMPORAL_ADDRESS: address, TEMPORAL_CA_FILE: ca, TEMPORAL_CERTIFICATE_FILE: certificate, TEMPORAL_KEY_FILE: key } = place;
  if (!ca || !certificate || !key) return { address };
  return {
    address,
    tls: { serverRootCACertificate: readFileSync(ca), clientCertPair: { crt: readFileSync(certificate), key: readFileSync(key) } },
  };
}
