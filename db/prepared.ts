/**
 * Statements that every sign-in asks are planned once a connection, not at each time: planning took longer than running them. They are told by
 * a name at their beginning; all others go as they are, because each name stays with its connection for as long as that lasts.
 */
import { createHash } from 'node:crypto';
import { Client, type QueryConfig } from 'pg';

/** @param name for whoever reads the server's list: a few texts may share it, since a null among the values is written into the text */
export const prepared = (name: string, sql: string): string => `/* prepared ${name} */ ${sql}`;

const named = /^\/\* prepared ([\w-]+) \*\/ /;

/** What the pool makes its connections of. */
export class PreparingClient extends Client {
  // oxlint-disable-next-line typescript/no-explicit-any -- the many forms of pg's own
  override query(text: any, ...rest: any[]): any {
    const name = typeof text === 'string' ? named.exec(text)?.[1] : undefined;
    if (name === undefined) return super.query(text, ...rest);
    const [values, ...others] = rest as [unknown[], ...unknown[]];
    const query: QueryConfig = { name: `${name}-${createHash('sha256').update(text).digest('base64url').slice(0, 12)}`, text, values };
    return super.query(query, ...(others as []));
  }
}
