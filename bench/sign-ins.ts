/**
 * Sign-ins with a card a second in one authentication process, against an Express process that answers as many requests with a few words of JSON,
 * asked by the same client. What the client itself uses of the processor is the same in both.
 */
import { startBareEndpoint } from './bare/start.ts';
import { middleOf, rateOf, timesOf } from './measured.ts';
import { inTurn, type Round, roundOf } from './round.ts';
import { makeCards } from './sign-ins/cards.ts';
import { createSigningIn, requestsEach } from './sign-ins/signing-in.ts';
import type { Sizes } from './sizes.ts';
import type { System } from './system.ts';
import { type Finding, ms, perSecond, ratio } from './table.ts';

export async function measureSignIns(system: System, { signIns }: Sizes): Promise<Finding[]> {
  await system.only('authentication');
  const bare = await startBareEndpoint(system);
  try {
    const cards = await makeCards(system.deps.orm.em.fork(), system.demo.authority, signIns.cards);
    const authentication = system.running.switches().find(({ name }) => name === 'authentication')?.pid ?? 0;
    const signIn = createSigningIn(system);
    const ask = async () => {
      for (let n = 0; n < requestsEach; n++) await (await fetch(bare.url)).json();
    };
    await rateOf(cards, signIns.inFlight, signIn); // warms up
    const found: Array<{ ours: Round; bare: Round }> = [];
    for (let round = 0; round < signIns.rounds; round++) {
      const one = { turns: inTurn(cards, signIns.perRound), inFlight: signIns.inFlight };
      found.push({ ours: await roundOf([authentication], one, signIn), bare: await roundOf([bare.pid], one, ask) });
    }
    return [findingOf(found, signIns)];
  } finally {
    await bare.stop();
  }
}

function findingOf(found: ReadonlyArray<{ ours: Round; bare: Round }>, { perRound, inFlight, cards }: Sizes['signIns']): Finding {
  const row = (name: string, rounds: readonly Round[]) => {
    const { p50, p95 } = timesOf(rounds.flatMap(({ took }) => took));
    const processorMs = middleOf(rounds.map((round) => round.processorMs));
    return [
      name,
      perSecond(middleOf(rounds.map(({ rate }) => rate))),
      rounds.map(({ rate }) => perSecond(rate)).join(', '),
      ...[p50, p95, processorMs].map(ms),
    ];
  };
  const share = middleOf(found.map(({ ours, bare }) => ours.rate / bare.rate));
  const each = middleOf(found.map(({ ours }) => ours.processorMs));
  return {
    title: 'Sign-ins with a card',
    columns: ['', 'a second', 'each round', 'p50', 'p95', 'processor each'],
    rows: [
      row(
        'whole sign-in: one authentication process',
        found.map(({ ours }) => ours),
      ),
      row(
        `${requestsEach} requests to bare Express`,
        found.map(({ bare }) => bare),
      ),
    ],
    words: [
      `Ratio, the middle of its rounds: ${ratio(share)}`,
      `A core to itself would carry ${perSecond(1000 / each)} a second; the national peak is 80`,
      `${found.length} rounds of ${perRound}, ${inFlight} at once, ${cards} cards; PostgreSQL, Redis and the client are on the same machine`,
    ],
  };
}
