import type { AgentResult, Card } from '../domain/agent-protocol.ts';
import { agentRefusals } from '../domain/agent-protocol.ts';
import { askPage, overPage, refusedPage, typedFaults } from './agent-window.ts';
import type { Typed } from './agent-window.ts';
import type { Asked } from './asked.ts';
import { CardError } from './drivers/driver.ts';
import type { Parts } from './parts.ts';
import { carryOut, signIn } from './steps.ts';

export interface Page {
  readonly status: number;
  readonly body: string;
}

/** Changes nothing. */
export async function showWindow(parts: Parts, asked: Asked | null): Promise<Page> {
  if (!asked || asked.need === 'nothing') return page(refusedPage('There is nothing to do here', 'It is done, or it took too long.'), 404);
  if (asked.progress.state !== 'waiting') return over(asked);
  return page(askPage(asked, await cardsFor(parts, asked)));
}

/** One press of the person. A second press while the card is at work changes nothing. */
export async function actOnWindow(parts: Parts, asked: Asked | null, form: URLSearchParams): Promise<Page> {
  if (!asked || asked.need === 'nothing' || asked.progress.state !== 'waiting' || asked.isBusy) return showWindow(parts, asked);
  if (form.get('token') !== asked.formToken) return page(refusedPage('This form is not ours', 'Nothing was done.'), 403);
  if (form.has('cancel')) {
    asked.refuse('CANCELLED');
    return over(asked);
  }
  asked.isBusy = true;
  try {
    return await tryOnce(parts, asked, {
      card: form.get('card') ?? '',
      passcode: form.get('passcode') ?? '',
      again: form.get('again') ?? '',
      accepts: form.has('accepts'),
    });
  } finally {
    asked.isBusy = false;
  }
}

async function tryOnce(parts: Parts, asked: Asked, typed: Typed): Promise<Page> {
  const cards = await cardsFor(parts, asked);
  if (typed.card !== '' && !cards.some(({ serial }) => serial === typed.card))
    return page(askPage(asked, cards, { problems: [{ field: 'card', text: agentRefusals.CARD_CHANGED }], typed }), 400);
  const problems = typedFaults(asked, typed);
  if (problems.length > 0) return page(askPage(asked, cards, { problems, typed }), 400);
  try {
    asked.finish(await act(parts, asked, typed));
    return over(asked);
  } catch (error) {
    return await afterError(parts, asked, typed, error);
  }
}

async function act(parts: Parts, asked: Asked, typed: Typed): Promise<AgentResult> {
  const { from, order, request } = asked;
  if (request.operation === 'sign-in') return signIn(parts.driver, typed.card, typed.passcode, { from, nonce: request.nonce });
  if (!order) throw new Error(`${request.operation} needs no window`);
  const secrets = await parts.session.openSecrets(order);
  const result = await carryOut({ driver: parts.driver, from, order, secrets, passcode: typed.passcode });
  if (order.purpose === 'finish') parts.kept.drop({ from, order });
  else if (asked.need === 'passcode') parts.kept.keep({ from, order }, typed.passcode);
  return result;
}

/** What the person can mend is asked again; anything else is over. */
async function afterError(parts: Parts, asked: Asked, typed: Typed, error: unknown): Promise<Page> {
  if (!(error instanceof CardError)) {
    parts.complain(error);
    asked.refuse('FAULT');
  } else if (error.code === 'WRONG_PASSCODE') {
    const left = await parts.driver.triesLeft(typed.card).catch(() => null);
    const tries = left === null ? '' : left === 1 ? '. You have 1 try left before the card locks' : `. You have ${left} tries left`;
    const problems = [{ field: 'passcode', text: `That is not the passcode of this card${tries}` }];
    return page(askPage(asked, await cardsFor(parts, asked), { problems, typed }), 400);
  } else if (error.code === 'NO_CARD' || error.code === 'CARD_CHANGED') {
    const problems = [{ field: 'passcode', text: agentRefusals[error.code] }];
    return page(askPage(asked, await cardsFor(parts, asked), { problems, typed }), 400);
  } else {
    asked.refuse(error.code);
  }
  return over(asked);
}

/** The cards it can be done with that are in a reader now. */
async function cardsFor({ driver }: Parts, { order }: Asked): Promise<Card[]> {
  const cards = (await driver.readers()).flatMap(({ card }) => card ?? []);
  if (order) return cards.filter(({ serial }) => serial === order.card);
  return cards.filter(({ certificates, state }) => certificates.length > 0 && (state === 'ready' || state === 'locked'));
}

function over({ progress }: Asked): Page {
  if (progress.state !== 'refused') return page(overPage('Done', 'The card has done what was asked.'));
  const { code, message } = progress.refusal;
  if (code === 'CANCELLED') return page(overPage('Cancelled', 'Nothing was done.'));
  const more = code === 'LOCKED' ? '. A sponsor, an unlocker or the Registration Authority can unlock it with you there.' : '.';
  return page(refusedPage(code === 'LOCKED' ? 'Your smartcard is locked' : 'It cannot be done', `${message}${more}`));
}

const page = (body: string, status = 200): Page => ({ status, body });
