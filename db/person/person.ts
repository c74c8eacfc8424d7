/**
 * A person with a Care ID: the identity that was proved, how to reach them, and whether they may come in.
 * Nobody is ever deleted, so a Care ID is never used again.
 */
import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { nothingHere } from '../../domain/refusal.ts';
import { type Cause, recordAudit } from '../audit.ts';
import { type Hidden, recordMail, sealedFor } from '../mail/mail.ts';
import { seal } from '../seal.ts';

export const personStates = ['active', 'suspended', 'closed'] as const;
export type PersonState = (typeof personStates)[number];

const schema = defineEntity({
  name: 'PersonRow',
  tableName: 'person',
  properties: {
    id: p.uuid().primary(),
    /** 12 digits. */
    careId: p.string(),
    state: p.enum(personStates),
    title: p.string().nullable(),
    /** Null for somebody who has one name only. */
    givenNames: p.string().nullable(),
    familyName: p.string(),
    /** How the name stands on the card, if not as above. */
    cardName: p.string().nullable(),
    dateOfBirth: p.date(),
    nationalInsuranceNumber: p.string().nullable(),
    email: p.string().nullable(),
    mobile: p.string().nullable(),
    /** Last change of e-mail or mobile: for 72 hours nothing is recovered by them. */
    contactChangedAt: p.datetime().nullable(),
    /** The photograph for the card. */
    photo: p.uuid().nullable(),
    /** 0–3 as relying parties are told, and the GPG 45 profile it came from. */
    identityAssuranceLevel: p.integer(),
    gpg45Profile: p.string().nullable().fieldName('gpg45_profile'),
    /** Where they were registered: whose registration authority answers for them. */
    organisation: p.string(),
    /** The person who checked the identity. */
    checkedBy: p.uuid().nullable(),
    /** Version of the terms last accepted. */
    termsVersion: p.integer().nullable(),
    /** One more ends every session begun before. */
    generation: p.integer().default(1),
    createdAt: p.datetime(),
  },
});

export class PersonRow extends schema.class {}
schema.setClass(PersonRow);

/** @throws {Refusal} NOT_FOUND */
export async function findPerson(em: EntityManager, id: string): Promise<PersonRow> {
  const row = await em.findOne(PersonRow, { id }, { refresh: true });
  if (!row) throw nothingHere();
  return row;
}

/** Where a person is registered, where they hold a position or will, and where one is asked for. */
export async function placesOf(em: EntityManager, person: string): Promise<string[]> {
  const rows = await em.execute<Array<{ organisation: string }>>(
    `select organisation from person where id = :person
     union select organisation from role_profile where person = :person and (ends_at is null or now() < ends_at)
     union select organisation from position_request where beneficiary = :person and state in ('submitted', 'sent-back')`,
    { person },
  );
  return rows.map(({ organisation }) => organisation);
}

export const fullName = ({ givenNames, familyName }: { givenNames?: string | null | undefined; familyName: string }): string =>
  [givenNames, familyName].filter(Boolean).join(' ');

/** As pages head it, and as systems are told it for show. */
export const titledName = ({
  title,
  ...names
}: {
  title?: string | null | undefined;
  givenNames?: string | null | undefined;
  familyName: string;
}): string => [title, fullName(names)].filter(Boolean).join(' ');

/**
 * A person's own change of how they are reached. They are told of it at both addresses: what was there before is in that letter alone,
 * sealed, until it is sent.
 *
 * @param key seals the letter
 */
export async function recordContact(
  em: EntityManager,
  person: Pick<PersonRow, 'id' | 'organisation' | 'email' | 'mobile'>,
  contact: { email: string; mobile: string | null },
  key: Uint8Array,
  cause: Cause,
): Promise<void> {
  const { id, organisation } = person;
  const changed = [...(contact.email === person.email ? [] : ['email']), ...(contact.mobile === (person.mobile ?? null) ? [] : ['mobile'])];
  if (changed.length === 0) return;
  await em.nativeUpdate(PersonRow, { id }, { ...contact, contactChangedAt: cause.at });
  const detail = { changed: changed.join(' ') };
  await recordAudit(em, cause, { what: 'person.change-contact', subjectKind: 'person', subjectId: id, organisation, detail });
  const letter = { to: { kind: 'person' as const, id }, about: { kind: 'person', id }, organisation };
  await recordMail(em, { ...letter, template: 'contact-changed' }, cause);
  if (!person.email || person.email === contact.email) return;
  const sealed = seal(key, sealedFor, JSON.stringify({ address: person.email } satisfies Hidden));
  await recordMail(em, { ...letter, template: 'contact-changed-before', sealed }, cause);
}

/** Names of people for a page that holds ids: one query, however many. */
export async function namesOf(em: EntityManager, ids: readonly string[]): Promise<Record<string, string>> {
  const wanted = [...new Set(ids)].filter((id) => /^[0-9a-f-]{36}$/.test(id));
  if (wanted.length === 0) return {};
  const rows = await em.find(PersonRow, { id: { $in: wanted } }, { fields: ['givenNames', 'familyName'] });
  return Object.fromEntries(rows.map((row) => [row.id, fullName(row)]));
}
