/**
 * Statements that every sign-in asks are planned once a connection, not at each time: planning took longer than running them. Their values go
 * beside the text, where MikroORM's own `execute` writes them into it, which would make another statement of each. They are told by a name at
 * their beginning; all others go as they are, because each name stays with its connection for as long as that lasts.
 */
import type { EntityManager } from '@mikro-orm/postgresql';
import { CompiledQuery } from 'kysely';
import { Client, type QueryConfig } from 'pg';

/**
 * @param name of this text and no other: what a server keeps it under
 * @param sql with its values as `:name`
 * @returns asks it, in the transaction of `em` if there is one; a value that is left out is null
 */
export function prepared<Row>(name: string, sql: string): (em: EntityManager, values: Readonly<Record<string, unknown>>) => Promise<Row[]> {
  const names: string[] = [];
  const text = sql.replaceAll(/(?<!:):([a-z]\w*)/gi, (_written, value: string) => {
    if (!names.includes(value)) names.push(value);
    return `$${names.indexOf(value) + 1}`;
  });
  const named = `/* prepared ${name} */ ${text}`;
  return async (em, values) => {
    const query = CompiledQuery.raw(
      named,
      names.map((each) => values[each] ?? null),
    );
    return (await em.getKysely().executeQuery(query)).rows as Row[];
  };
}

const nameIn = /^\/\* prepared ([\w-]+) \*\/ /;

/** What the pool makes its connections of. */
export class PreparingClient extends Client {
  // oxlint-disable-next-line typescript/no-explicit-any -- the many forms of pg's own
  override query(text: any, ...rest: any[]): any {
    const name = typeof text === 'string' ? nameIn.exec(text)?.[1] : undefined;
    if (name === undefined) return super.query(text, ...rest);
    const [values, ...others] = rest as [unknown[], ...unknown[]];
    return super.query({ name, text, values } satisfies QueryConfig, ...(others as []));
  }
}
