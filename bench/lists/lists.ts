/** What is asked of each list, as its page asks it: by somebody who sees everything, and by somebody of one trust. */
import { randomUUID } from 'node:crypto';
import type { Caller } from '../../commands/caller.ts';
import type { Deps } from '../../commands/deps.ts';
import { listIdentityChecks } from '../../commands/identity-check.ts';
import { openCases } from '../../commands/open-case.ts';
import { searchPeople, showSearch } from '../../commands/person.ts';
import type { Register } from './database.ts';
import { everything, oneTrust } from './register-people.ts';

/** One way to ask. Asked again, it may be asked about somebody else. */
export interface Asked {
  list: string;
  how: string;
  ask: (turn: number) => Promise<unknown>;
}

/** A list and the ways it is asked for, over one register. */
export async function listsOf(deps: Deps, register: Register): Promise<Asked[]> {
  const here = { ...deps, orm: register.orm };
  const staff = async (job: string, code: string) => callerOf(register, job, code);
  const [manager, trustManager] = await Promise.all([staff('manager', everything), staff('manager', oneTrust)]);
  const [checker, trustChecker] = await Promise.all([staff('checker', everything), staff('checker', oneTrust)]);
  return [
    ...(await boardOf(here, 'all organisations', manager)),
    ...(await boardOf(here, 'one trust', trustManager)),
    ...(await queueOf(here, 'all organisations', checker)),
    ...(await queueOf(here, 'one trust', trustChecker)),
    ...(await searchOf(here, register, 'all organisations', manager)),
    ...(await searchOf(here, register, 'one trust', trustManager)),
  ];
}

async function callerOf({ orm }: Register, job: string, code: string): Promise<Caller> {
  const roles = { manager: 'R5080', checker: 'R8008' }[job];
  const [row] = await orm.em
    .fork()
    .execute<Array<{ person: string }>>(
      `select person from role_profile where organisation = :code and job_role = :roles order by id limit 1`,
      { code, roles },
    );
  if (!row) throw new Error(`The register has no ${job} at ${code}`);
  return { kind: 'person', id: row.person, via: 'web', authenticatedAt: new Date() };
}

async function boardOf(deps: Deps, scope: string, caller: Caller): Promise<Asked[]> {
  const ask = (input: Parameters<typeof openCases.perform>[3]) => () => openCases.perform(deps, caller, {}, input);
  const { next } = await openCases.perform(deps, caller, {}, {});
  const after = openCases.input.parse({ ...(next && { after: next }) });
  return Object.entries({
    'first page': ask({}),
    'next page': ask(after),
    'one kind': ask({ kind: 'card-issue' }),
    failing: ask({ health: 'failing' }),
    'nobody can act': ask({ health: 'nobody' }),
    late: ask({ health: 'late' }),
    'on time, one kind': ask({ health: 'on-time', kind: 'renewal' }),
    'one organisation': ask({ organisation: oneTrust }),
  }).map(([how, each]) => ({ list: `Manager's board, ${scope}`, how, ask: each }));
}

async function queueOf(deps: Deps, scope: string, caller: Caller): Promise<Asked[]> {
  const ask = (typed: object) => {
    const input = listIdentityChecks.input.parse(typed);
    return () => listIdentityChecks.perform(deps, caller, {}, input);
  };
  const { next } = await listIdentityChecks.perform(deps, caller, {}, listIdentityChecks.input.parse({}));
  return Object.entries({
    'first page': ask({}),
    'next page': ask(next ? { after: next } : {}),
    overdue: ask({ late: 'yes' }),
    'nobody has it': ask({ free: 'yes' }),
    mine: ask({ view: 'mine' }),
    done: ask({ view: 'done' }),
    'done by me': ask({ view: 'done', own: 'yes' }),
    'one organisation': ask({ organisation: oneTrust }),
  }).map(([how, each]) => ({ list: `Checkers' queue, ${scope}`, how, ask: each }));
}

interface Sample {
  given: string;
  family: string;
  careId: string;
  email: string;
  number: string;
}

/** What people type to find somebody. */
const typed: Readonly<Record<string, (someone: Sample) => string>> = {
  'whole name': ({ given, family }) => `${given} ${family}`,
  'other way round': ({ given, family }) => `${family} ${given}`,
  'misspelt name': ({ given, family }) => `${given} ${slipIn(family)}`,
  'family name': ({ family }) => family,
  'initial and name': ({ given, family }) => `${given.slice(0, 1)} ${family}`,
  'commonest name': () => 'Smith',
  'nobody at all': ({ family }) => `Xyzzy Q${family.slice(2)}zq`,
  'Care ID': ({ careId }) => careId,
  'e-mail address': ({ email }) => email,
  'NI number': ({ number }) => number,
};

/** Two letters changed places, as fingers do. */
const slipIn = (name: string) => name.replace(/^(..)(.)(.)/, '$1$3$2');

const samplesTaken = 40;

async function searchOf(deps: Deps, register: Register, scope: string, caller: Caller): Promise<Asked[]> {
  const people = await register.orm.em.fork().execute<Sample[]>(
    `select split_part(given_names, ' ', 1) as given, family_name as family, care_id as "careId", email, national_insurance_number as number
     from person where given_names is not null order by md5(care_id) limit ${samplesTaken}`,
  );
  const list = `People search, ${scope}`;
  const found = await Promise.all(
    Object.entries(typed).map(async ([how, of]) => {
      const ids = await Promise.all(people.map((someone) => save(deps, caller, of(someone))));
      return { list, how, ask: (turn: number) => showSearch.perform(deps, caller, { id: ids[turn % ids.length] ?? '' }, {}) };
    }),
  );
  const keep = {
    list,
    how: 'keeping what was typed',
    ask: (turn: number) => save(deps, caller, people[turn % people.length]?.family ?? ''),
  };
  return [...found, keep];
}

async function save(deps: Deps, caller: Caller, text: string): Promise<string> {
  const outcome = await searchPeople.perform(deps, { ...caller, key: randomUUID() }, {}, { text });
  if (outcome.is !== 'saved') throw new Error('The search was not kept');
  return outcome.answer.id;
}
