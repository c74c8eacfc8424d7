/** The manager's board, the checkers' queue and the people search, over a small register and a large one: how long, and how many queries. */
import type { Deps } from '../commands/deps.ts';
import { createRegister } from './lists/database.ts';
import { type Asked, listsOf } from './lists/lists.ts';
import { timed, timesOf } from './measured.ts';
import type { Sizes } from './sizes.ts';
import type { System } from './system.ts';
import { type Finding, ms, verdict } from './table.ts';

const aimMs = 50;
const warmUps = 3;

interface Measured {
  ms: number[];
  queries: number;
}

export async function measureLists({ deps, places, say }: System, { lists: { registers, repeats } }: Sizes): Promise<Finding[]> {
  const byWay = new Map<string, Map<string, Measured[]>>();
  for (const size of registers) {
    say(`a register of ${size} people and ${size} open cases is being made`);
    for (const { list, how, ...measured } of await measureRegister(deps, places.database, { size, repeats })) {
      const ways = byWay.get(list) ?? new Map<string, Measured[]>();
      byWay.set(list, ways.set(how, [...(ways.get(how) ?? []), measured]));
    }
  }
  return [...byWay].map(([list, ways]) => findingOf(list, ways, registers));
}

/** Each way of asking in turn, and again, so that none has the machine to itself. */
async function measureRegister(deps: Deps, server: string, { size, repeats }: { size: number; repeats: number }) {
  const register = await createRegister(server, size);
  try {
    const asked = await listsOf(deps, register);
    const measured = asked.map(({ list, how }) => ({ list, how, ms: [] as number[], queries: 0 }));
    for (let turn = -warmUps; turn < repeats; turn++) {
      for (const [index, { ask }] of asked.entries())
        await measureOnce(register, () => ask(Math.abs(turn)), turn < 0 ? undefined : measured[index]);
    }
    return measured;
  } finally {
    await register.close();
  }
}

async function measureOnce(
  register: Awaited<ReturnType<typeof createRegister>>,
  ask: () => ReturnType<Asked['ask']>,
  into: Measured | undefined,
) {
  let took = 0;
  const queries = await register.queriesOf(async () => void (took = await timed(ask)));
  into?.ms.push(took);
  if (into) into.queries = Math.max(into.queries, queries);
}

function findingOf(list: string, ways: ReadonlyMap<string, readonly Measured[]>, registers: readonly number[]): Finding {
  const all = registers.map((_, at) => [...ways.values()].flatMap((measured) => measured[at]?.ms ?? []));
  const row = (how: string, times: readonly number[][], queries: readonly number[]) => [
    how,
    ...times.flatMap((each, at) => [ms(timesOf(each).p50), ms(timesOf(each).p95), String(queries[at])]),
  ];
  const most = registers.map((_, at) => Math.max(...[...ways.values()].map((measured) => measured[at]?.queries ?? 0)));
  const grows = [...ways].filter(([, measured]) => new Set(measured.map(({ queries }) => queries)).size > 1).map(([how]) => how);
  const slow = [...ways].filter(([, measured]) => measured.some((each) => timesOf(each.ms).p95 >= aimMs)).map(([how]) => how);
  return {
    title: list,
    columns: ['', ...registers.flatMap((size) => [`${size.toLocaleString('en-GB')}: p50`, 'p95', 'queries'])],
    rows: [
      ...[...ways].map(([how, measured]) =>
        row(
          how,
          measured.map((each) => each.ms),
          measured.map((each) => each.queries),
        ),
      ),
      row('all of these', all, most),
    ],
    words: [
      verdict(slow.length === 0, `p95 under ${aimMs} ms`, slow.join(', ')),
      verdict(grows.length === 0, 'as many queries at each size', grows.join(', ')),
    ],
  };
}
