/** The agent's own window: says which site asks and for what, and takes the passcode. A try is made only by a press here. */
import type { Card, OrderPurpose } from '../domain/agent-protocol.ts';
import { passcodeFault, passcodeFaults } from '../domain/agent-protocol.ts';
import type { Asked } from './asked.ts';
import type { Html } from './html.ts';
import { errorSummary, html, layout } from './html.ts';

/** Words for each thing a person is asked to do: the heading, the button. */
const words: Record<OrderPurpose | 'sign-in', readonly [string, string]> = {
  'sign-in': ['Sign in with your smartcard', 'Sign in'],
  'set-up': ['Set up the card', 'Continue'],
  'make-keys': ['Make keys', 'Continue'],
  'write-certificates': ['Renew your smartcard', 'Continue'],
  'set-passcode': ['Choose a passcode', 'Set passcode'],
  unlock: ['Unlock the smartcard', 'Set new passcode'],
  'renew-keys': ['Renew your smartcard', 'Continue'],
  confirm: ['Renew your smartcard', 'Continue'],
  finish: ['Renew your smartcard', 'Continue'],
};

const purposeOf = ({ request, order }: Asked) => order?.purpose ?? (request.operation === 'sign-in' ? 'sign-in' : 'confirm');

export interface Typed {
  readonly card: string;
  readonly passcode: string;
  readonly again: string;
  readonly accepts: boolean;
}

/** What is wrong with what was typed, before the card is asked; null when nothing is. */
export function typedFault({ need, order }: Asked, typed: Typed): string | null {
  if (typed.card === '') return 'Select the card to use';
  if (need === 'passcode') return /^\d{4,8}$/.test(typed.passcode) ? null : 'Enter the passcode of your smartcard, 6 to 8 digits';
  const fault = passcodeFault(typed.passcode);
  if (fault) return passcodeFaults[fault];
  if (typed.passcode !== typed.again) return 'The two passcodes are not the same. Enter them again';
  if (order?.purpose === 'set-passcode' && !typed.accepts) return 'Select that you accept the terms of use';
  return null;
}

/** @param cards those it can be done with */
export function askPage(asked: Asked, cards: readonly Card[], problem: string | null): string {
  const [title, action] = words[purposeOf(asked)];
  const content = html`${errorSummary(problem, 'passcode')}
    <h1>${title}</h1>
    <div class="inset">
      <p><strong>${asked.from.name}</strong> asks for this.</p>
      <p>Its address is <strong>${asked.from.origin}</strong></p>
    </div>
    ${cards.length === 0 ? noCard(asked) : form(asked, cards, action, problem)}`;
  return layout(title, content, problem !== null);
}

const noCard = (asked: Asked) =>
  html`<p>Put your smartcard in the reader, then continue.</p>
    <form method="get" action="/window/${asked.id}"><button>I have put the card in</button></form>
    ${cancelForm(asked)}`;

function form(asked: Asked, cards: readonly Card[], action: string, problem: string | null): Html {
  const isNew = asked.need === 'new-passcode';
  return html`<form method="post" action="/window/${asked.id}" novalidate autocomplete="off">
      <input type="hidden" name="token" value="${asked.formToken}" />
      ${cardChoice(cards)} ${problem !== null && html`<p class="error" id="passcode-error">${problem}</p>`}
      ${isNew && html`<p>The card holder chooses 6 to 8 digits, and tells nobody. Do not use a run or a repeat.</p>`}
      ${passcodeField('passcode', isNew ? 'New passcode' : 'Passcode', problem !== null)}
      ${isNew && passcodeField('again', 'New passcode again', false)}
      ${asked.order?.purpose === 'set-passcode' && acceptance(asked.order.terms)}
      <button>${action}</button>
    </form>
    ${cancelForm(asked)}`;
}

const passcodeField = (name: string, label: string, hasError: boolean) =>
  html`<div class="field">
    <label for="${name}">${label}</label>
    <input
      id="${name}"
      name="${name}"
      type="password"
      inputmode="numeric"
      autocomplete="off"
      maxlength="8"
      ${hasError && html` aria-describedby="passcode-error"`}
    />
  </div>`;

const acceptance = (terms: string) =>
  html`<div class="choice field">
    <input type="checkbox" id="accepts" name="accepts" value="yes" />
    <label for="accepts">I am the card holder, and I accept the terms of use (version ${terms})</label>
  </div>`;

const cancelForm = (asked: Asked) =>
  html`<form method="post" action="/window/${asked.id}">
    <input type="hidden" name="token" value="${asked.formToken}" />
    <button class="secondary" name="cancel" value="yes">Cancel</button>
  </form>`;

function cardChoice(cards: readonly Card[]): Html {
  const [only] = cards;
  if (cards.length === 1 && only) {
    return html`<input type="hidden" name="card" value="${only.serial}" />
      <p>Card: ${cardName(only)}</p>`;
  }
  const choices = cards.map(
    (card) =>
      html`<div class="choice">
        <input type="radio" name="card" id="card-${card.serial}" value="${card.serial}" /><label for="card-${card.serial}"
          >${cardName(card)}</label
        >
      </div>`,
  );
  return html`<fieldset>
    <legend>Which card?</legend>
    ${choices}
  </fieldset>`;
}

/** As it is printed on the card. */
export function cardName(card: Card): string {
  const careId = card.certificates[0]?.careId;
  return careId ? `${careId.replace(/(\d{4})(?=\d)/g, '$1 ')} (serial ${card.serial})` : `serial ${card.serial}`;
}

export const overPage = (title: string, text: string) =>
  layout(
    title,
    html`<h1 id="over">${title}</h1>
      <p>${text}</p>
      <p>You can close this window and go back to the page you came from.</p>`,
  );

export const refusedPage = (title: string, text: string) =>
  layout(
    title,
    html`<h1>${title}</h1>
      <p>${text}</p>
      <p>You can close this window and go back to the page you came from.</p>`,
  );
