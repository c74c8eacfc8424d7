/** An applicant and a record, line by line. Of the record, what reaches or numbers a person is masked: whether it is the same, the line says. */
import type { showDuplicate } from '../../commands/identity-check.ts';
import { dateLikeness } from '../../domain/date-of-birth.ts';
import { dayInWords } from '../../domain/days.ts';
import { sameEmail } from '../../domain/duplicate.ts';
import { masked, noNumberReasons, spaced } from '../../domain/national-insurance-number.ts';
import { fullName, searchable } from '../../domain/personal-name.ts';

type Shown = Awaited<ReturnType<typeof showDuplicate.perform>>;

export interface Line {
  what: string;
  one: string;
  other: string;
  /** In words: the same, or how they differ. */
  alike: string;
}

export function sideBySide({ name, person: one, alike: { person: other }, organisationName, reference }: Shown): Line[] {
  const [names, birth] = [[fullName(name), fullName(other.name)] as const, one.dateOfBirth ?? ''];
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
      one: organisationName,
      other: other.organisationName,
      alike: sameOr(organisationName === other.organisationName),
    },
    {
      what: other.kind === 'person' ? 'Care ID' : 'Reference',
      one: other.kind === 'person' ? 'None yet' : reference,
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
