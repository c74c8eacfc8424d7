/** National codes and their names: job roles (R) and activities (B), loaded from files beside this one. Local codes begin with L. */
import { readFileSync } from 'node:fs';
import type { EntityManager } from '@mikro-orm/postgresql';
import { roleSources } from '../../domain/actor.ts';

const read = (file: string) =>
  readFileSync(new URL(`reference/${file}`, import.meta.url), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split('\t') as [string, string]);

/** Adds what is new and renames what was renamed. Safe to run at each start. */
export async function loadReferenceData(em: EntityManager): Promise<void> {
  const local = roleSources.filter(({ code }) => code.startsWith('L')).map(({ code, words }) => [code, words] as [string, string]);
  const rows = [...read('job-roles.tsv'), ...read('activities.tsv'), ...local];
  await em.execute(
    `insert into code_name (code, name) select distinct on (1) code, name from jsonb_to_recordset(:rows::jsonb) as r(code text, name text)
     on conflict (code) do update set name = excluded.name where code_name.name <> excluded.name`,
    { rows: JSON.stringify(rows.map(([code, name]) => ({ code, name }))) },
  );
}

/** The names of codes, in one query. A code nobody named stands for itself. */
export async function namesOfCodes(em: EntityManager, codes: readonly string[]): Promise<Record<string, string>> {
  if (codes.length === 0) return {};
  const rows = await em.execute<Array<{ code: string; name: string }>>(`select code, name from code_name where code in (:codes)`, {
    codes: [...codes],
  });
  return Object.fromEntries([...codes.map((code) => [code, code]), ...rows.map(({ code, name }) => [code, name])]);
}
