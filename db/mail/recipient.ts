/** Who a letter is for, read when it is sent: somebody who changed their address since is reached at the new one. */
import type { EntityManager } from '@mikro-orm/postgresql';
import type { RecipientKind } from '../../domain/mail-template.ts';

export interface Recipient {
  address: string | null;
  /** Empty for somebody whose name is not known yet, or who only says that the address is theirs: a stranger's words are sent to nobody. */
  name: string;
}

const queries: Record<RecipientKind, string> = {
  person: `select email as address, concat_ws(' ', given_names, family_name) as name from person where id = :id and state <> 'closed'`,
  application: `select email as address, case when email_confirmed_at is null then '' else concat_ws(' ', given_name, middle_names, family_name) end as name
    from application where id = :id`,
  client: `select contact as address, '' as name from client where contact_id = :id and state <> 'off'`,
  invitation: `select email as address, '' as name from invitation where id = :id and ended_at is null`,
};

/** @returns undefined if there is nobody (any more) to write to */
export async function getRecipient(em: EntityManager, kind: RecipientKind, id: string): Promise<Recipient | undefined> {
  const [row] = await em.execute<Recipient[]>(queries[kind], { id });
  return row;
}
