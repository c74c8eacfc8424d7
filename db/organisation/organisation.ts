import { defineEntity, type EntityManager, p } from '@mikro-orm/postgresql';
import { nothingHere } from '../../domain/refusal.ts';

const schema = defineEntity({
  name: 'OrganisationRow',
  tableName: 'organisation',
  properties: {
    /** The ODS code. */
    code: p.string().primary(),
    name: p.string(),
    /** The organisation whose registration authority serves this one. */
    parent: p.string().nullable(),
    address: p.string().nullable(),
    /** How to reach its Registration Authority, in words: shown to people whose card has expired. */
    raContact: p.string().nullable(),
    /** A session ends after so long without a request. */
    idleMinutes: p.integer().default(15),
    /** A session ends after so long in any case: a long shift. */
    absoluteHours: p.integer().default(13),
    /** A position ends at this hour of the morning after its last day, so that no night shift is cut. */
    endsAtHour: p.integer().default(8),
    /** Removing the card ends sessions begun with it. */
    cardRemovalEndsSession: p.boolean().default(false),
  },
});

export class OrganisationRow extends schema.class {}
schema.setClass(OrganisationRow);

/** @throws {Refusal} NOT_FOUND */
export async function findOrganisation(em: EntityManager, code: string): Promise<{ organisation: string; organisationName: string }> {
  const row = await em.findOne(OrganisationRow, { code });
  if (!row) throw nothingHere();
  return { organisation: code, organisationName: row.name };
}

/** The organisation and all that its registration authority serves. A union, so that a loop in the hierarchy ends. */
export async function organisationsBelow(em: EntityManager, codes: readonly string[]): Promise<string[]> {
  if (codes.length === 0) return [];
  const rows = await em.execute<Array<{ code: string }>>(
    `with recursive below as (
       select code from organisation where code in (:codes)
       union
       select o.code from organisation o join below b on o.parent = b.code)
     select code from below`,
    { codes },
  );
  return rows.map(({ code }) => code);
}

/** Codes with names, by name: one query, however many. */
export async function organisationNames(em: EntityManager, codes: readonly string[]): Promise<Array<{ code: string; name: string }>> {
  if (codes.length === 0) return [];
  return em.execute(`select code, name from organisation where code in (:codes) order by name`, { codes: [...codes] });
}
