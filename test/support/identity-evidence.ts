import type { Gpg45Settings, IdentityEvidence } from '../../domain/gpg45.ts';
import type { Addition } from '../../domain/gpg45/additions.ts';
import { defaultScores } from '../../domain/gpg45/scores.ts';
import { canBeMet, type Need, validityNeeds, validityRows } from '../../domain/gpg45/validity.ts';
import { type DocumentType, hasPhotograph, kindOf } from '../../domain/document-type.ts';
import type { DocumentCheck, PresentedDocument } from '../../domain/evidence.ts';
import type { FaceCheck, FaceMethod } from '../../domain/face.ts';
import type { FraudAnswer } from '../../domain/fraud.ts';

export const today = '2026-11-24';
export const settings: Gpg45Settings = { scores: defaultScores, today };

export const nothing: IdentityEvidence = { documents: [], faces: [], fraud: [], activity: [] };

export const aCheck = (changes: Partial<DocumentCheck> = {}): DocumentCheck => ({
  seen: 'upload-only',
  looksGenuine: true,
  detailsAgree: true,
  byTrained: false,
  features: 'not-checked',
  ultraviolet: 'not-checked',
  chip: 'not-checked',
  issuer: 'not-asked',
  reported: 'not-asked',
  mrz: 'not-typed',
  ...changes,
});

/** A check in which exactly these needs are met. */
export function checkMeeting(needs: readonly Need[], check = aCheck()): DocumentCheck {
  const met: Record<Need, Partial<DocumentCheck>> = {
    'in-person': { seen: 'in-person' },
    'on-video': check.seen === 'upload-only' ? { seen: 'on-video' } : {},
    trained: { byTrained: true },
    features: { features: 'right' },
    ultraviolet: { ultraviolet: 'right' },
    issuer: { issuer: 'confirmed' },
    'not-reported': { reported: 'not-reported' },
    chip: { chip: 'right' },
  };
  return needs.reduce((sofar, need) => ({ ...sofar, ...met[need] }), check);
}

let made = 0;
/** A document in date with all its details; checked from its photograph only, unless said otherwise. */
export function aDocument(type: DocumentType, changes: Partial<PresentedDocument> = {}): PresentedDocument {
  made += 1;
  const { number, issuer, expires, dated } = kindOf(type);
  return {
    id: `document-${made}`,
    type,
    number: number === null ? null : `N${made}`,
    issuer: issuer === null ? null : 'Utopia',
    issuedOn: dated === null ? null : '2026-11-01',
    expiresOn: expires ? '2030-01-01' : null,
    check: aCheck(),
    ...changes,
  };
}

/** A document of a type, checked just so far that its validity is this by the default scores. */
export function aDocumentWorth(type: DocumentType, validity: number, scores = defaultScores): PresentedDocument {
  const row = validityRows.find(
    (candidate) => scores.validity[candidate] === validity && validityNeeds[candidate].every((need) => canBeMet(type, need)),
  );
  if (row === undefined) throw new Error(`No ${type} can have validity ${validity}`);
  return aDocument(type, { check: checkMeeting(validityNeeds[row]) });
}

export const aFace = (method: FaceMethod, against: string, changes: Partial<FaceCheck> = {}): FaceCheck => ({
  method,
  against,
  document: 'same',
  cardPhotograph: 'same',
  byTrained: true,
  ...changes,
});

export const anAnswer = (kind: FraudAnswer['kind'], changes: Partial<FraudAnswer> = {}): FraudAnswer => ({
  source: kind,
  kind,
  askedOn: today,
  again: false,
  found: [],
  ...changes,
});

/** The answers that give a fraud score by the default table. */
export const fraudWorth = (score: number): FraudAnswer[] =>
  [
    [],
    [anAnswer('own')],
    [anAnswer('own'), anAnswer('independent')],
    [anAnswer('own', { again: true }), anAnswer('independent', { again: true })],
  ][score] ?? [];

/** Dealings over so many months until today. */
export const activityOver = (months: number): IdentityEvidence['activity'] => {
  const [year, month] = [2026 - Math.floor((months + 1) / 12), ((10 - (months % 12) + 12) % 12) + 1];
  return months === 0 ? [] : [{ kind: 'bank', from: `${year}-${String(month).padStart(2, '0')}-01`, to: today }];
};

/** The evidence once an addition was done, and no more than it says. */
export function withAddition(evidence: IdentityEvidence, addition: Addition): IdentityEvidence {
  switch (addition.kind) {
    case 'check': {
      const documents = evidence.documents.map((document) =>
        document.id === addition.document ? { ...document, check: checkMeeting(addition.needs, document.check ?? aCheck()) } : document,
      );
      return { ...evidence, documents };
    }
    case 'document': {
      const document = aDocument(addition.types[0]!, { check: checkMeeting(addition.needs) });
      return { ...evidence, documents: [...evidence.documents, document] };
    }
    case 'face': {
      const faces = evidence.documents.filter(({ type }) => hasPhotograph(type)).map(({ id }) => aFace(addition.method, id));
      return { ...evidence, faces: [...evidence.faces, ...faces] };
    }
    case 'fraud':
      return { ...evidence, fraud: [...evidence.fraud, ...fraudWorth({ own: 1, independent: 2, again: 3 }[addition.row])] };
    case 'activity':
      return { ...evidence, activity: [...evidence.activity, ...activityOver(addition.months)] };
  }
}
