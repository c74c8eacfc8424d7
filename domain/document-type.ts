/**
 * The documents that an applicant can show: what each proves, what is asked of it, what can be checked on it.
 * The applicant's pages, the ID checker's pages and the scores (domain/gpg45) read this one table.
 */
import { z } from 'zod';
import { namesIn } from './names.ts';

/** `address-unless-photo`: a driving licence proves the address only where it is not the photograph. */
export type Proof = 'photo' | 'address' | 'address-unless-photo';

/** What can be done to a kind of document at all; a tick for anything else counts for nothing. */
export type Checkable = 'in-person' | 'features' | 'ultraviolet' | 'chip' | 'issuer';

export interface DocumentKind {
  readonly words: string;
  readonly proves: readonly Proof[];
  readonly checkable: readonly Checkable[];
  /** The machine-readable zone it carries, if any. */
  readonly mrz: 'TD1' | 'TD3' | null;
  /** What to call its number; null where it has none worth keeping. */
  readonly number: { readonly label: string; readonly required: boolean } | null;
  /** Who gave it out, as a label: a country or an organisation. */
  readonly issuer: string | null;
  readonly expires: boolean;
  /** It bears the day it was written, and proves an address for so many months unless set otherwise; null for no limit. */
  readonly dated: { readonly label: string; readonly months: number | null } | null;
}

const card: readonly Checkable[] = ['in-person', 'features', 'ultraviolet', 'issuer'];
const chipped: readonly Checkable[] = [...card, 'chip'];
const paper: readonly Checkable[] = ['in-person', 'features', 'issuer'];
const required = (label: string) => ({ label, required: true });
const optional = (label: string) => ({ label, required: false });

/** What all of a family of documents have, so that the table below says only what differs. */
const photo = { proves: ['photo'], checkable: card, mrz: null, issuer: null, expires: true, dated: null } as const;
const letter = { proves: ['address'], checkable: paper, mrz: null, expires: false } as const;
const certificate = { proves: [], checkable: [...paper, 'ultraviolet'], mrz: null, expires: false, dated: null } as const;

export const documentTypes = {
  'passport-with-chip': {
    ...photo,
    words: 'Passport with the chip symbol on its cover',
    checkable: chipped,
    mrz: 'TD3',
    number: required('Passport number'),
    issuer: 'Country that issued it',
  },
  'passport-without-chip': {
    ...photo,
    words: 'Passport without a chip symbol',
    mrz: 'TD3',
    number: required('Passport number'),
    issuer: 'Country that issued it',
  },
  'residence-permit': { ...photo, words: 'Biometric residence permit', checkable: chipped, mrz: 'TD1', number: required('Permit number') },
  'eu-identity-card': {
    ...photo,
    words: 'EU or EEA identity card with a chip',
    checkable: chipped,
    mrz: 'TD1',
    number: required('Card number'),
    issuer: 'Country that issued it',
  },
  'uk-driving-licence': {
    ...photo,
    words: 'UK photocard driving licence, full or provisional',
    proves: ['photo', 'address-unless-photo'],
    number: required('Driver number, in section 5 of the card'),
  },
  'eu-driving-licence': {
    ...photo,
    words: 'EU or EEA photocard driving licence',
    number: required('Licence number'),
    issuer: 'Country that issued it',
  },
  'forces-card': { ...photo, words: 'HM Forces identity card', number: required('Service number') },
  'pass-card': { ...photo, words: 'Proof of age card with the PASS hologram', number: required('Card number') },
  evisa: { ...photo, words: 'eVisa, by a share code', checkable: ['issuer'], expires: false, number: required('Share code') },
  'bank-account': {
    ...letter,
    words: 'Statement of a bank, building society or credit union account',
    number: required('Account number'),
    issuer: 'Bank, building society or credit union',
    dated: { label: 'Date of the statement', months: 3 },
  },
  'credit-account': {
    ...letter,
    words: 'Credit card statement',
    number: optional('Account number'),
    issuer: 'Company that issued the card',
    dated: { label: 'Date of the statement', months: 3 },
  },
  'mortgage-account': {
    ...letter,
    words: 'Mortgage statement',
    number: required('Account number'),
    issuer: 'Lender',
    dated: { label: 'Date of the statement', months: 3 },
  },
  'student-loan': {
    ...letter,
    words: 'Student loan statement',
    proves: [],
    number: required('Customer reference number'),
    issuer: null,
    dated: { label: 'Date of the statement', months: null },
  },
  'birth-certificate': { ...certificate, words: 'Birth or adoption certificate', number: optional('Certificate number'), issuer: null },
  'marriage-certificate': {
    ...certificate,
    words: 'Marriage or civil partnership certificate',
    number: optional('Certificate number'),
    issuer: null,
  },
  'education-certificate': {
    ...certificate,
    words: 'Education certificate from a recognised institution',
    number: optional('Certificate number'),
    issuer: 'School, college or university',
  },
  'council-tax': {
    ...letter,
    words: 'Council tax statement',
    number: required('Account number'),
    issuer: 'Council',
    dated: { label: 'Date of the statement', months: 12 },
  },
  'tax-notification': {
    ...letter,
    words: 'HM Revenue and Customs letter about tax',
    number: optional('Reference'),
    issuer: null,
    dated: { label: 'Date of the letter', months: 12 },
  },
  'benefits-letter': {
    ...letter,
    words: 'Letter about benefits or a pension',
    number: optional('Reference'),
    issuer: 'Department or council',
    dated: { label: 'Date of the letter', months: 12 },
  },
  'tenancy-agreement': {
    ...letter,
    words: 'Tenancy agreement',
    number: null,
    issuer: 'Landlord or agent',
    dated: { label: 'Date it was signed', months: null },
  },
  'utility-account': {
    ...letter,
    words: 'Gas, electricity, water or telephone bill',
    number: required('Account number'),
    issuer: 'Supplier',
    dated: { label: 'Date of the bill', months: 3 },
  },
  'electoral-register': {
    ...letter,
    words: 'Letter that confirms an entry in the electoral register',
    number: optional('Elector number'),
    issuer: 'Council',
    dated: { label: 'Date of the letter', months: 12 },
  },
} as const satisfies Record<string, DocumentKind>;

export type DocumentType = keyof typeof documentTypes;
export const documentTypeNames = namesIn(documentTypes);
export const documentType = z.enum(documentTypeNames);

export const kindOf = (type: DocumentType): DocumentKind => documentTypes[type];
export const hasPhotograph = (type: DocumentType): boolean => kindOf(type).proves.includes('photo');
export const provesAddress = (type: DocumentType): boolean => kindOf(type).proves.some((proof) => proof !== 'photo');
export const isCheckable = (type: DocumentType, what: Checkable): boolean => kindOf(type).checkable.includes(what);
