/** Reads what an ID checker typed from a document, and holds it against what the applicant wrote and what its own zone says. */
import { type Day, dayInWords } from '../days.ts';
import { kindOf } from '../document-type.ts';
import { bareNumber } from '../evidence.ts';
import { compareMrz, readMrz } from '../mrz.ts';
import type { PersonalName } from '../personal-name.ts';
import { Refusal } from '../refusal.ts';
import type { DocumentFound } from './answers.ts';
import type { SentDocument } from './check.ts';

export interface DocumentTyped extends Omit<DocumentFound, 'mrz' | 'differs'> {
  mrz: string | null;
  noMrz: boolean;
  /** What was typed was looked at again, and stands so on the document. */
  sure: boolean;
}

interface Applicant {
  name: PersonalName;
  dateOfBirth: Day;
}

/**
 * @returns what is kept: of the zone only whether it agrees
 * @throws {Refusal} INVALID naming the field that is missing; or, unless they are sure, the first that differs
 */
export function readDocument(sent: SentDocument, typed: DocumentTyped, applicant: Applicant, today: Day): DocumentFound {
  const { number, printedOn, mrz, noMrz, sure, ...rest } = typed;
  const kind = kindOf(sent.type);
  refuseMissing(sent, typed);
  const differing = [...numberDiffers(sent, number), ...dateDiffers(sent, printedOn), ...mrzDiffers(sent, typed, applicant, today)];
  const [first] = differing;
  if (first && !sure) throw new Refusal('INVALID', first.words, { [first.field]: 'differs' });
  const zone =
    kind.mrz === null || noMrz || mrz === null ? 'not-typed' : differing.some(({ field }) => field === 'mrz') ? 'disagrees' : 'agrees';
  return {
    ...inHandOnly(rest),
    number: kind.number ? number : null,
    printedOn: kind.expires || kind.dated ? printedOn : null,
    mrz: zone,
    differs: differing.map(({ field }) => (field === 'printedOn' ? 'date' : field)),
  };
}

/** What takes a document in hand was not done to one that was not. */
const inHandOnly = <T extends Pick<DocumentFound, 'seen' | 'features' | 'ultraviolet' | 'chip'>>(given: T): T =>
  given.seen === 'in-person' ? given : { ...given, features: 'not-checked', ultraviolet: 'not-checked', chip: 'not-checked' };

export const missingWords = {
  number: 'Enter the number as you read it from the document',
  printedOn: 'Enter the date as you read it from the document',
  mrz: 'Type the machine-readable zone, or say that it cannot be read',
} as const;

function refuseMissing({ type }: SentDocument, { number, printedOn, mrz, noMrz }: DocumentTyped): void {
  const { number: numbered, expires, dated, mrz: zone } = kindOf(type);
  const missing = (field: string, words: string) => new Refusal('INVALID', words, { [field]: 'missing' });
  if (numbered?.required && !number) throw missing('number', missingWords.number);
  if ((expires || dated) && !printedOn) throw missing('printedOn', missingWords.printedOn);
  if (zone && !mrz && !noMrz) throw missing('mrz', missingWords.mrz);
}

interface Difference {
  field: 'number' | 'printedOn' | 'mrz';
  words: string;
}

const again = 'Look again. If it stands so on the document, say that you are sure';

function numberDiffers({ type, number: written }: SentDocument, number: string | null): Difference[] {
  if (kindOf(type).number === null || number === null || written === null || bareNumber(number) === bareNumber(written)) return [];
  return [{ field: 'number', words: `The applicant wrote another number. ${again}` }];
}

function dateDiffers({ type, issuedOn, expiresOn }: SentDocument, printedOn: Day | null): Difference[] {
  const written = kindOf(type).expires ? expiresOn : issuedOn;
  if (printedOn === null || written === null || printedOn === written) return [];
  return [{ field: 'printedOn', words: `The applicant wrote ${dayInWords(written)}. ${again}` }];
}

function mrzDiffers({ type }: SentDocument, typed: DocumentTyped, applicant: Applicant, today: Day): Difference[] {
  const { mrz, number, printedOn, noMrz } = typed;
  if (kindOf(type).mrz === null || noMrz || !mrz) return [];
  const zone = readMrz(mrz, today);
  const problems = zone.ok ? compareMrz(zone.mrz, { ...applicant, number: number ?? '', expiresOn: printedOn }) : zone.problems;
  if (problems.length === 0) return [];
  return [{ field: 'mrz', words: `${problems.map(({ words }) => words).join('. ')}. ${again}` }];
}
