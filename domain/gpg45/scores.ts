/**
 * How evidence and tasks score in GPG 45, by default and as a deployment's file sets it.
 * The defaults are remembered from the guide's text 0.4: check each against the guide in force before real use.
 * Rows marked local are not in it: what the NHS accepts and the guide does not name, scored with caution.
 */
import type { DocumentType } from '../document-type.ts';

interface Row {
  readonly words: string;
  readonly score: number;
  readonly local?: true;
}

export const defaultRows = {
  strength: {
    'passport-with-chip': { words: 'passport with chip (ICAO 9303)', score: 4 },
    'residence-permit': { words: 'biometric residence permit', score: 4 },
    'eu-identity-card': { words: 'EU or EEA identity card with chip', score: 4 },
    'passport-without-chip': { words: 'passport without chip', score: 3 },
    'uk-driving-licence': { words: 'UK photocard driving licence, full or provisional', score: 3 },
    'eu-driving-licence': { words: 'EU or EEA photocard driving licence', score: 3 },
    'forces-card': { words: 'HM Forces identity card', score: 3 },
    'pass-card': { words: 'PASS card with number', score: 3 },
    'bank-account': { words: 'bank, building society or credit union current account', score: 3 },
    'mortgage-account': { words: 'mortgage account', score: 3 },
    'student-loan': { words: 'student loan account', score: 3 },
    evisa: { words: 'eVisa share code', score: 4 },
    'birth-certificate': { words: 'birth or adoption certificate', score: 2 },
    'marriage-certificate': { words: 'marriage or civil partnership certificate', score: 2 },
    'council-tax': { words: 'council tax statement', score: 2 },
    'tax-notification': { words: 'HM Revenue and Customs notification', score: 2 },
    'benefits-letter': { words: 'benefits letter', score: 2 },
    'tenancy-agreement': { words: 'tenancy agreement', score: 2 },
    'utility-account': { words: 'utility account', score: 2 },
    'education-certificate': { words: 'education certificate from a recognised institution', score: 2 },
    'credit-account': { words: 'credit card account', score: 2, local: true },
    'electoral-register': { words: 'electoral register entry', score: 1, local: true },
  } satisfies Record<DocumentType, Row>,
  validity: {
    'photograph-only': { words: 'photograph of the document only', score: 1 },
    'on-video': { words: 'shown live on video, looks genuine, in date', score: 1, local: true },
    'in-person': { words: 'in person, looks genuine, in date, checker not trained in documents', score: 1 },
    'in-person-trained': { words: 'in person, visible security features checked by a trained checker, in date', score: 2 },
    'issuer-confirmed': { words: 'details confirmed with the issuer', score: 2 },
    'in-person-ultraviolet': {
      words: 'in person by a trained checker, under ultraviolet or magnified, and not reported cancelled, lost or stolen to the issuer',
      score: 3,
    },
    'chip-read': { words: 'chip read, its signature verified, and not reported cancelled, lost or stolen', score: 4 },
  },
  verification: {
    uploaded: { words: "uploaded photograph compared with the document's", score: 1 },
    'live-video': { words: 'live video, trained checker, person shows the document and answers', score: 2 },
    'in-person': { words: "in person, trained checker, face against the document's photograph", score: 3 },
    biometric: { words: 'biometric comparison with liveness detection, tested system', score: 3 },
    'biometric-chip': { words: "biometric comparison with the chip's photograph, supervised", score: 4 },
  },
  fraud: {
    own: { words: 'own records: not reported stolen, not a known false identity, not known to have died', score: 1 },
    independent: { words: 'own records and an independent fraud data source', score: 2 },
    again: { words: 'own records and independent sources, checked again on the day access is given', score: 3 },
  },
  activity: {
    nothing: { words: 'nothing shown', score: 0 },
    '3-months': { words: 'dealings shown over at least 3 months', score: 1 },
    '6-months': { words: 'dealings shown over at least 6 months', score: 2 },
    '12-months': { words: 'dealings shown over at least 12 months', score: 3 },
    '24-months': { words: 'dealings shown over at least 24 months', score: 4 },
  },
} as const satisfies Record<string, Record<string, Row>>;

export type Part = keyof typeof defaultRows;
export type RowKey<P extends Part> = keyof (typeof defaultRows)[P];
export type Scores = { readonly [P in Part]: Readonly<Record<RowKey<P>, number>> };

/** The most a photograph of a document alone can score, whatever a file sets. */
export const photographOnlyAtMost = 1;

export const defaultScores: Scores = scoresFrom(defaultRows);

/**
 * Reads a file of scores: part, what, score and perhaps a note, between tabs; `#` begins a comment; a row that is not there keeps its default.
 *
 * @throws {Error} naming the line, for a part or row that does not exist, a score that is no whole number from 0 to 4,
 *   or a photograph alone that would score above 1: a service must not start on them
 */
export function parseScores(text: string): Scores {
  const scores: Record<Part, Record<string, number>> = structuredClone(defaultScores);
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue;
    const wrong = (why: string) => new Error(`GPG 45 scores, line ${at + 1}: ${why}`);
    const [part = '', what = '', score = ''] = line.split('\t').map((cell) => cell.trim());
    if (!isPart(part)) throw wrong(`there is no part "${part}"`);
    const row = Object.entries<Row>(defaultRows[part]).find(([key, { words }]) => key === what || words === what);
    if (row === undefined) throw wrong(`there is no row "${what}" in ${part}`);
    if (!/^[0-4]$/.test(score)) throw wrong(`the score must be a whole number from 0 to 4, and is "${score}"`);
    if (row[0] === 'photograph-only' && Number(score) > photographOnlyAtMost) throw wrong('a photograph alone never scores above 1');
    scores[part][row[0]] = Number(score);
  }
  return scores as Scores;
}

const isPart = (text: string): text is Part => Object.hasOwn(defaultRows, text);

function scoresFrom(rows: Record<Part, Record<string, Row>>): Scores {
  const numbers = (part: Record<string, Row>) => Object.fromEntries(Object.entries(part).map(([key, { score }]) => [key, score]));
  return Object.fromEntries(Object.entries(rows).map(([part, of]) => [part, numbers(of)])) as Scores;
}
