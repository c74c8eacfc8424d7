import type { EntityManager } from '@mikro-orm/postgresql';

/** How to reach the Registration Authority that serves an organisation: its own words, or those of the nearest one above that has some. */
export async function raContactOf(em: EntityManager, organisation: string): Promise<string | null> {
  const [row] = await em.execute<Array<{ contact: string }>>(
    `with recursive above as (
       select code, parent, ra_contact, 0 as steps from organisation where code = :organisation
       union
       select o.code, o.parent, o.ra_contact, a.steps + 1 from organisation o join above a on o.code = a.parent where a.steps < 20)
     select ra_contact as contact from above where ra_contact is not null order by steps limit 1`,
    { organisation },
  );
  return row?.contact ?? null;
}
