/**
 * The identity profiles of GPG 45, each with the evidence it requires and the least scores. H2D is easier than H2C in the published
 * table, and is kept so. To be compared with the guide in force before conformity is claimed: a pre-release of 1.0 is out since March 2026.
 */
export const confidenceLevels = ['none', 'low', 'medium', 'high', 'very-high'] as const;
export type ConfidenceLevel = (typeof confidenceLevels)[number];

export const confidenceWords: Readonly<Record<ConfidenceLevel, string>> = {
  none: 'None',
  low: 'Low',
  medium: 'Medium',
  high: 'High',
  'very-high': 'Very high',
};

/** What one piece of evidence must score. */
export interface RequiredEvidence {
  readonly strength: number;
  readonly validity: number;
}

export interface Profile {
  readonly name: string;
  readonly level: Exclude<ConfidenceLevel, 'none'>;
  readonly evidence: readonly RequiredEvidence[];
  readonly activity: number;
  readonly fraud: number;
  readonly verification: number;
}

/** Name; each evidence as strength/validity; activity, fraud, verification. */
const table = `
L1A  2/2          0 1 1
L1B  3/2          0 0 1
L1C  1/1          3 2 2
L2A  1/1+1/1      2 1 2
L2B  1/1+1/1      2 2 1
L3A  1/1+1/1+1/1  2 1 1
M1A  4/2          0 1 2
M1B  3/2          1 2 2
M1C  3/3          0 0 3
M1D  2/2          2 1 3
M2A  2/2+2/2      3 2 2
M2B  3/2+2/2      1 1 2
M2C  3/2+2/2      0 1 3
M3A  2/2+2/2+2/2  2 2 2
H1A  4/3          0 1 3
H1B  3/3          2 1 3
H1C  4/3          0 0 4
H2A  2/2+2/2      3 2 3
H2B  4/2+3/2      0 2 3
H2C  3/3+2/2      1 1 3
H2D  3/3+2/2      0 1 3
H2E  4/3+3/3      0 0 3
H3A  2/2+2/2+2/2  2 2 3
V1A  4/3          0 3 3
V1B  4/4          0 1 3
V1C  4/3          1 1 4
V1D  4/4          0 0 4
V2A  3/3+3/3      3 2 3
V2B  4/3+3/3      0 2 3
V2C  4/3+2/2      2 2 3
V2D  4/4+4/4      0 0 3
V3A  3/3+2/2+2/2  3 3 3
`;

const levels = { L: 'low', M: 'medium', H: 'high', V: 'very-high' } as const;

export const profiles: readonly Profile[] = table.trim().split('\n').map(profileOf);

export const reaches = (level: ConfidenceLevel, wanted: ConfidenceLevel): boolean =>
  confidenceLevels.indexOf(level) >= confidenceLevels.indexOf(wanted);

function profileOf(row: string): Profile {
  const [name = '', pairs = '', activity, fraud, verification] = row.split(/\s+/);
  const evidence = pairs.split('+').map((pair) => {
    const [strength, validity] = pair.split('/').map(Number);
    return { strength: strength ?? 0, validity: validity ?? 0 };
  });
  const level = levels[name.charAt(0) as keyof typeof levels];
  return { name, level, evidence, activity: Number(activity), fraud: Number(fraud), verification: Number(verification) };
}
