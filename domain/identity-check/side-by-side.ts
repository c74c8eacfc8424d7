/** An applicant and a record, line by line. Of the record, what reaches or numbers a person is masked: whether it is the same, the line says. */
import { dateLikeness } from '../date-of-birth.ts';
import { dayInWords } from '../days.ts';
import { sameEmail } from '../duplicate.ts';
import { masked, type NoNumberReason, noNumberReasons, spaced } from '../national-insurance-number.ts';
import { fullName, type PersonalName, searchable } from '../personal-name.ts';

/** What is known of either. */
interface Side {
  name: PersonalName;
  nationalInsuranceNumber: string | null;
  email: string | null;
  mobile: string | null;
  organisationName: string;
  reference: string;
}
export interface Applicant extends Side {
  dateOfBirth: string | null;
  noNumberReason: NoNumberReason | null;
}
export interface Recorded extends Side {
  kind: 'person' | 'application';
  dateOfBirth: string;
}

export interface Line {
  what: string;
  one: string;
  other: string;
  /** In words: the same, or how they differ. */
  alike: string;
}

export function sideBySide(one: Applicant, other: Recorded): Line[] {
  const [names, birth] = [[fullName(one.name), fullName(other.name)] as const, one.dateOfBirth ?? ''];
  const [number, otherNumber] = [one.nationalInsuranceNumber, other.nationalInsuranceNumber];
  return [
    { what: 'Name', one: names[0], other: names[1], alike: sameOr(searchable(names[0]) === searchable(names[1])) },
    {
      what: 'Date of birth',
      one: birth && dayInWords(birth),
      other: dayInWords(other.dateOfBirth),
      alike: dateLikeness(birth, other.dateOfBirth) ?? 'Different',
    },
    {
      what: 'National Insurance number',
      one: number ? spaced(number) : (one.noNumberReason && noNumberReasons[one.noNumberReason]) || 'None',
      other: otherNumber ? masked(otherNumber) : 'None',
      alike: number && otherNumber ? sameOr(number === otherNumber) : '',
    },
    {
      what: 'E-mail',
      one: one.email ?? 'None',
      other: other.email ? maskedEmail(other.email) : 'None',
      alike: one.email && other.email ? sameOr(sameEmail(one.email, other.email)) : '',
    },
    {
      what: 'Mobile',
      one: one.mobile ?? 'None',
      other: other.mobile ? `•••• ${other.mobile.slice(-3)}` : 'None',
      alike: one.mobile && other.mobile ? sameOr(digits(one.mobile) === digits(other.mobile)) : '',
    },
    {
      what: 'Organisation',
      one: one.organisationName,
      other: other.organisationName,
      alike: sameOr(one.organisationName === other.organisationName),
    },
    {
      what: other.kind === 'person' ? 'Care ID' : 'Reference',
      one: other.kind === 'person' ? 'None yet' : one.reference,
      other: other.reference,
      alike: '',
    },
  ];
}

const sameOr = (same: boolean) => (same ? 'The same' : 'Different');

/** Enough to recognise it, and not to learn it: z•••@example.org. */
const maskedEmail = (email: string) => email.replace(/^(.).*(?=@)/, '$1•••');

/** +44 7700 and 07700 are one. */
const digits = (mobile: string) => mobile.replace(/\D/g, '').replace(/^44/, '0');
