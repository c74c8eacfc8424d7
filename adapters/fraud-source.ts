/**
 * Sources that know of reported and stolen documents, false identities and deaths. They are asked when an identity is checked, and again on
 * the day access is given. A source that cannot be reached throws, and is asked again: silence is never taken for "nothing known".
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { day } from '../domain/day.ts';
import type { Day } from '../domain/days.ts';
import { type DocumentType, documentType } from '../domain/document-type.ts';
import { bareNumber } from '../domain/evidence.ts';
import { type FraudAnswer, type FraudFinding, fraudFindings } from '../domain/fraud.ts';
import { nameKey, type PersonalName } from '../domain/personal-name.ts';

export interface FraudQuestion {
  readonly name: PersonalName;
  readonly dateOfBirth: Day;
  readonly documents: ReadonlyArray<{ readonly id: string; readonly type: DocumentType; readonly number: string | null }>;
}

export interface FraudSource {
  readonly name: string;
  readonly kind: FraudAnswer['kind'];
  /** What it knows against the person or a document; empty for nothing. Asking changes nothing, so a retry is safe. */
  ask(question: FraudQuestion): Promise<FraudAnswer['found']>;
}

const documentFindings = ['document-lost', 'document-stolen', 'document-cancelled', 'document-false'] as const;
const personFindings = ['false-identity', 'dead'] as const satisfies readonly FraudFinding[];

const row = z.union([
  z.tuple([z.enum(documentFindings), documentType, z.string().transform(bareNumber).pipe(z.string().min(1))]),
  z.tuple([z.enum(personFindings), day, z.string().min(1)]),
]);
type Known = z.output<typeof row>;

/**
 * A source that is a file, read again at each question so that a line added counts at once. Each line is what is known, then between tabs
 * a document's type and number, or a person's date of birth and full name; `#` begins a comment.
 */
export function createFileFraudSource(of: { name: string; kind: FraudAnswer['kind']; path: string }): FraudSource {
  return {
    name: of.name,
    kind: of.kind,
    async ask(question) {
      const known = parseKnown(await readFile(of.path, 'utf8'), of.path);
      return known.flatMap((each) => against(each, question));
    },
  };
}

/** @throws {Error} naming the file and line, if one is not understood: a file half read would hide what it knows */
export function parseKnown(text: string, path: string): Known[] {
  return text.split(/\r?\n/).flatMap((line, at) => {
    if (line.trim() === '' || line.startsWith('#')) return [];
    const read = row.safeParse(line.split('\t').map((cell) => cell.trim()));
    if (!read.success)
      throw new Error(`${path}, line ${at + 1}: must be one of ${Object.keys(fraudFindings).join(', ')}, and what it is known of`);
    return [read.data];
  });
}

function against(known: Known, { name, dateOfBirth, documents }: FraudQuestion): FraudAnswer['found'] {
  const [what, first, second] = known;
  if (what === 'dead' || what === 'false-identity') {
    const same = first === dateOfBirth && nameKey({ given: null, middle: null, family: second }) === nameKey(name);
    return same ? [{ what, document: null }] : [];
  }
  return documents
    .filter(({ type, number }) => number !== null && family(type) === family(first) && bareNumber(number) === second)
    .map(({ id }) => ({ what, document: id }));
}

/** A stolen passport is the same one whether somebody says that it has a chip or not. */
const family = (type: string) => (type.startsWith('passport') ? 'passport' : type);
