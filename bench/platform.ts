/**
 * What systems ask of an OpenID provider most, of ours and of Keycloak by turns: same machine, same PostgreSQL, same client of HTTP, RS256 for
 * both. Ours tells full roles and keeps an audit record of each token; Keycloak runs with its own settings, which keep none.
 */
import { middleOf, rateOf, timesOf } from './measured.ts';
import { residentMb } from './memory.ts';
import { createHttp } from './platform/http.ts';
import { startKeycloak } from './platform/keycloak.ts';
import { createOperations, type Operations, type Platform, type SignedIn, type Tokens } from './platform/operations.ts';
import { ourPlatform } from './platform/ours.ts';
import { inTurn, type Round, roundOf } from './round.ts';
import type { Sizes } from './sizes.ts';
import type { System } from './system.ts';
import { type Finding, ms, perSecond, ratio, verdict } from './table.ts';

interface Turn {
  person: SignedIn;
  tokens: Tokens;
}

/** The least that ours is to be of Keycloak's rate. */
const aims = [
  {
    name: 'silent sign-in',
    times: 3,
    act:
      (operations: Operations) =>
      ({ person }: Turn) =>
        operations.silentSignIn(person),
  },
  { name: 'client credentials', times: 5, act: (operations: Operations) => () => operations.clientCredentials() },
  {
    name: 'refresh',
    times: 5,
    act:
      (operations: Operations) =>
      ({ tokens }: Turn) =>
        operations.refresh(tokens),
  },
  {
    name: 'introspection',
    times: 5,
    act:
      (operations: Operations) =>
      ({ tokens }: Turn) =>
        operations.introspection(tokens),
  },
];
const p99AimMs = 100;
const memoryAimMb = 300;

export async function measurePlatform(system: System, { platform: sizes }: Sizes): Promise<Finding[]> {
  const http = createHttp(sizes.inFlight);
  const ours = await ourPlatform(system, sizes.people);
  const { service, platform: keycloak } = await startKeycloak(system, sizes.people);
  try {
    const contestants = [];
    for (const platform of [ours, keycloak]) contestants.push(await readied(http, platform, sizes));
    const found: Finding[] = [];
    for (const aim of aims) found.push(findingOf(aim, await measure(aim, contestants, sizes), sizes));
    found.push(memoryOf([ours, keycloak]));
    return found;
  } finally {
    http.close();
    await service.stop();
  }
}

type Contestant = Awaited<ReturnType<typeof readied>>;

/** Everybody has tokens, and the code that answers is warm. */
async function readied(http: ReturnType<typeof createHttp>, platform: Platform, { inFlight, warmUp }: Sizes['platform']) {
  const operations = createOperations(http, platform);
  const turns: Turn[] = [];
  for (const person of platform.people) turns.push({ person, tokens: await operations.tokensOf(person) });
  const warm = inTurn(turns, warmUp);
  for (const { act } of aims) await rateOf(warm, inFlight, act(operations));
  return { platform, operations, turns };
}

async function measure(
  { act }: (typeof aims)[number],
  contestants: readonly Contestant[],
  { rounds, perRound, inFlight }: Sizes['platform'],
) {
  const found = contestants.map(() => [] as Round[]);
  for (let round = 0; round < rounds; round++) {
    for (const [at, { platform, operations, turns }] of contestants.entries()) {
      const each = { turns: inTurn(turns, perRound), inFlight };
      found[at]?.push(await roundOf(platform.pids(), each, act(operations)));
    }
  }
  return contestants.map(({ platform }, at) => ({ name: platform.name, rounds: found[at] ?? [] }));
}

function findingOf(
  { name, times }: (typeof aims)[number],
  measured: ReadonlyArray<{ name: string; rounds: readonly Round[] }>,
  { rounds, perRound, inFlight, people }: Sizes['platform'],
): Finding {
  const [ours, theirs] = measured.map((each) => each.rounds) as [Round[], Round[]];
  const share = middleOf(ours.map(({ rate }, at) => rate / (theirs[at]?.rate ?? Number.NaN)));
  const { p99 } = timesOf(ours.flatMap(({ took }) => took));
  return {
    title: `Beside Keycloak: ${name}`,
    columns: ['', 'a second', 'each round', 'p50', 'p95', 'p99', 'processor each'],
    rows: measured.map((each) => {
      const at = timesOf(each.rounds.flatMap(({ took }) => took));
      const processor = middleOf(each.rounds.map((round) => round.processorMs));
      const rates = each.rounds.map(({ rate }) => rate);
      return [each.name, perSecond(middleOf(rates)), rates.map(perSecond).join(', '), ...[at.p50, at.p95, at.p99, processor].map(ms)];
    }),
    words: [
      `Ratio, the middle of its rounds: ${ratio(share)}`,
      verdict(share >= times, `at least ${times} times Keycloak`),
      verdict(p99 < p99AimMs, `p99 under ${p99AimMs} ms`),
      `${rounds} rounds of ${perRound}, ${inFlight} at once, ${people} people`,
    ],
  };
}

function memoryOf(platforms: readonly Platform[]): Finding {
  const [ours = Number.NaN] = platforms.map(({ pids }) => Math.max(...pids().map(residentMb)));
  return {
    title: 'Beside Keycloak: memory after it',
    columns: ['', 'resident'],
    rows: platforms.map(({ name, pids }) => [
      name,
      `${pids()
        .map(residentMb)
        .reduce((sum, mb) => sum + mb, 0)
        .toFixed(0)} MB`,
    ]),
    words: [verdict(ours < memoryAimMb, `under ${memoryAimMb} MB a process`)],
  };
}
