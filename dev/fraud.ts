/** What the fraud sources of dev know: documents and people that are made up. A line added to a file counts at once (adapters/fraud-source.ts). */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const known = {
  'fraud-own-records.tsv': `# What we know ourselves: what, then a document's type and number, or a date of birth and a full name.
document-stolen\tpassport-with-chip\t533380006
document-lost\tuk-driving-licence\tLOSTX605109L99AB
dead\t1931-01-01\tAda Nobody
`,
  'fraud-independent.tsv': `# What an independent source knows, in the same way.
document-cancelled\tresidence-permit\tRP0000001
document-false\teu-identity-card\tX0000000F
false-identity\t1980-02-02\tMartin Masquerade
`,
};

/** Writes the two files unless they are there: what somebody added to them stays. */
export function writeFraudFiles(folder: string): { FRAUD_OWN_FILE: string; FRAUD_INDEPENDENT_FILE: string } {
  for (const [name, lines] of Object.entries(known)) if (!existsSync(join(folder, name))) writeFileSync(join(folder, name), lines);
  return { FRAUD_OWN_FILE: join(folder, 'fraud-own-records.tsv'), FRAUD_INDEPENDENT_FILE: join(folder, 'fraud-independent.tsv') };
}
