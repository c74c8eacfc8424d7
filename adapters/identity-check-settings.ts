/** How a deployment scores identities, from its settings. Read once when a process starts: a wrong file keeps it from starting. */
import { readFileSync } from 'node:fs';
import { defaultScores, parseScores } from '../domain/gpg45/scores.ts';
import { documentTypeNames } from '../domain/document-type.ts';
import type { EvidenceAges } from '../domain/evidence.ts';
import type { IdentityCheckSettings } from '../domain/identity-check/outcome.ts';
import { type IdentityAssuranceLevel, usualAssurance } from '../domain/nhs-identity-check.ts';
import { createFileFraudSource, type FraudSource } from './fraud-source.ts';

export interface IdentityCheckConfig {
  GPG45_SCORES_FILE?: string | undefined;
  NHS_CHECK_LEVEL: IdentityAssuranceLevel;
  IDENTITY_MINIMUM_LEVEL: IdentityAssuranceLevel;
  EVIDENCE_AGE_MONTHS: string;
}

/** @throws {Error} naming what of a file or a setting is wrong */
export const identityCheckSettingsFrom = (config: IdentityCheckConfig): IdentityCheckSettings => ({
  scores: config.GPG45_SCORES_FILE ? parseScores(readFileSync(config.GPG45_SCORES_FILE, 'utf8')) : defaultScores,
  ages: parseAges(config.EVIDENCE_AGE_MONTHS),
  assurance: { ...usualAssurance, nhsFaceToFace: config.NHS_CHECK_LEVEL },
  minimum: config.IDENTITY_MINIMUM_LEVEL,
});

/** Reads `utility-account=6,tenancy-agreement=none`. @throws {Error} naming the part that is not understood */
export function parseAges(text: string): EvidenceAges {
  const parts = text.split(',').map((part) => part.trim());
  return Object.fromEntries(
    parts.filter(Boolean).map((part) => {
      const [type, months = ''] = part.split('=');
      if (!documentTypeNames.some((name) => name === type) || !/^(\d{1,3}|none)$/.test(months))
        throw new Error(`EVIDENCE_AGE_MONTHS: "${part}" must be a type of document and its months, such as utility-account=6`);
      return [type, months === 'none' ? null : Number(months)];
    }),
  );
}

/** Our own records, and a source that is independent of them. */
export const fraudSourcesFrom = (config: { FRAUD_OWN_FILE: string; FRAUD_INDEPENDENT_FILE: string }): FraudSource[] => [
  createFileFraudSource({ name: 'own-records', kind: 'own', path: config.FRAUD_OWN_FILE }),
  createFileFraudSource({ name: 'independent-source', kind: 'independent', path: config.FRAUD_INDEPENDENT_FILE }),
];
