import type { EntityManager } from '@mikro-orm/postgresql';

/** How to reach the Registration Authority that serves an organisation, in words: its own, or that of the nearest one above. */
export async function raContactOf(em: EntityManager, organisation: string): Promise<string | undefined> {
  const [row] = await em.execute<Array<{ contact: string }>>(
    `with recursive above as (
       select code, parent, ra_contact, 0 as distance from organisation where code = :organisation
       union all
       select o.code, o.parent, o.ra_contact, a.distance + 1 from organisation o join above a on o.code = a.parent where a.distance < 20)
     select ra_contact as contact from above where ra_contact is not null order by distance limit 1`,
    { organisation },
  );
  return row?.contact;
}
