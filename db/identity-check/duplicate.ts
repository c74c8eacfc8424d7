/**
 * Who an applicant may be already: people, and applications that are open. Looked up by National Insurance number, e-mail, and dates of
 * birth like theirs with the likest names first, each with a limit, so that what it costs does not grow with the register.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import { likeDates } from '../../domain/date-of-birth.ts';
import { type ComparedPerson, type PossibleDuplicate, possibleDuplicates } from '../../domain/duplicate.ts';
import type { CandidateKey } from '../../domain/identity-check/answers.ts';
import { fullName } from '../../domain/personal-name.ts';
import { type ApplicationRow, nameOf } from '../application/application.ts';
import type { PersonRow } from '../person/person.ts';

export interface Candidate extends ComparedPerson {
  key: CandidateKey;
  kind: 'person' | 'application';
  id: string;
  mobile: string | null;
  organisation: string;
  organisationName: string;
  /** A Care ID, or an application's reference. */
  reference: string;
  state: string;
  photo: string | null;
  since: Date;
}
export type LikeCandidate = PossibleDuplicate & { person: Candidate };

/** More than anybody compares: the likest come first. */
const mostCandidates = 10;
const mostByName = 60;

interface Row {
  id: string;
  given: string | null;
  middle: string | null;
  family: string;
  dateOfBirth: string;
  nationalInsuranceNumber: string | null;
  email: string | null;
  mobile: string | null;
  organisation: string;
  organisationName: string;
  reference: string;
  state: string;
  photo: string | null;
  since: string;
}

const contact = (alias: string) =>
  `${alias}.date_of_birth::text as "dateOfBirth", ${alias}.national_insurance_number as "nationalInsuranceNumber", ${alias}.email, ${alias}.mobile,
   ${alias}.organisation, o.name as "organisationName", ${alias}.state, ${alias}.photo`;

/** Whatever table: those with the number, with the address, and with a date of birth like it, the likest names first. */
const alike = (table: string, name: string, where: string) => `
  select id from (select id from ${table} where national_insurance_number = :number::text and ${where} limit ${mostByName}) by_number
  union select id from (select id from ${table} where lower(email) = lower(:email::text) and ${where} limit ${mostByName}) by_email
  union select id from (
    select id from ${table} where date_of_birth in (:dates) and ${where}
    order by similarity(${name}, search_words(:name)) desc limit ${mostByName}) by_name`;

/** Test people are nobody. */
const notOfSandbox = `not exists (select from sandbox_person t where t.person = person.id)`;
const people = `
  select p.id, p.given_names as given, null as middle, p.family_name as family, p.care_id as reference, p.created_at as since, ${contact('p')}
  from person p join organisation o on o.code = p.organisation where p.id in (${alike('person', 'search', notOfSandbox)})`;

const openStates = `state in ('submitted', 'expected', 'checking', 'more-needed')`;
const writtenName = `search_words(concat_ws(' ', given_name, middle_names, family_name))`;
const applications = `
  select a.id, a.given_name as given, a.middle_names as middle, a.family_name as family, a.reference, a.submitted_at as since, ${contact('a')}
  from application a join organisation o on o.code = a.organisation
  where a.id in (${alike('application', writtenName, `${openStates} and id <> :id::uuid and removed_at is null`)})`;

/** The likest first. Two queries, however many people there are. */
export async function candidatesFor(em: EntityManager, row: ApplicationRow): Promise<LikeCandidate[]> {
  const applicant = comparedApplicant(row);
  const given = {
    id: row.id,
    number: applicant.nationalInsuranceNumber,
    email: applicant.email,
    dates: likeDates(applicant.dateOfBirth),
    name: fullName(applicant.name),
  };
  const found = [
    ...(await em.execute<Row[]>(people, given)).map((each) => candidate('person', each)),
    ...(await em.execute<Row[]>(applications, given)).map((each) => candidate('application', each)),
  ];
  return possibleDuplicates(applicant, found).slice(0, mostCandidates);
}

const candidate = (kind: Candidate['kind'], { given, middle, family, since, ...row }: Row): Candidate => ({
  ...row,
  kind,
  key: `${kind}/${row.id}`,
  name: { given, middle, family },
  since: new Date(since),
});

export const comparedApplicant = (row: ApplicationRow): ComparedPerson => ({
  name: nameOf(row),
  dateOfBirth: row.dateOfBirth ?? '',
  nationalInsuranceNumber: row.nationalInsuranceNumber ?? null,
  email: row.email ?? null,
});

export const comparedPerson = (row: PersonRow): ComparedPerson => ({
  name: { given: row.givenNames ?? null, middle: null, family: row.familyName },
  dateOfBirth: row.dateOfBirth,
  nationalInsuranceNumber: row.nationalInsuranceNumber ?? null,
  email: row.email ?? null,
});
