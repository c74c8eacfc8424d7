/** The agent's own window: says which site asks and for what, and takes the passcode. A try is made only by a press here. */
import type { Card, OrderPurpose } from '../domain/agent-protocol.ts';
import { passcodeFault, passcodeFaults } from '../domain/agent-protocol.ts';
import type { Asked } from './asked.ts';
import type { Html, Problem } from './html.ts';
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

/** Everything that is wrong with what was typed, before the card is asked. */
export function typedFaults({ need, order }: Asked, typed: Typed): Problem[] {
  const isMissing = order?.purpose === 'set-passcode' && !typed.accepts;
  return [
    ...(typed.card === '' ? [{ field: 'card', text: 'Select the card to use' }] : []),
    ...(need === 'passcode' ? enteredFaults(typed) : chosenFaults(typed)),
    ...(isMissing ? [{ field: 'accepts', text: 'Select that you accept the terms of use' }] : []),
  ];
}

const enteredFaults = ({ passcode }: Typed): Problem[] =>
  /^\d{4,8}$/.test(passcode) ? [] : [{ field: 'passcode', text: 'Enter the passcode of your smartcard, 6 to 8 digits' }];

function chosenFaults({ passcode, again }: Typed): Problem[] {
  const fault = passcodeFault(passcode);
  return [
    ...(fault ? [{ field: 'passcode', text: passcodeFaults[fault] }] : []),
    ...(passcode === again ? [] : [{ field: 'again', text: 'The two passcodes are not the same. Enter them again' }]),
  ];
}

/** What an earlier press left: what is wrong, and what was chosen. A passcode is typed again. */
export interface Left {
  readonly problems: readonly Problem[];
  readonly typed?: Typed;
}

/** @param cards those it can be done with */
export function askPage(asked: Asked, cards: readonly Card[], left: Left = { problems: [] }): string {
  const [title, action] = words[purposeOf(asked)];
  const content = html`${errorSummary(left.problems)}
    <h1>${title}</h1>
    <div class="inset">
      <p><strong>${asked.from.name}</strong> asks for this.</p>
      <p>Its address is <strong>${asked.from.origin}</strong></p>
    </div>
    ${cards.length === 0 ? noCard(asked) : form(asked, cards, action, left)}`;
  return layout(title, content, left.problems.length > 0);
}

const noCard = (asked: Asked) =>
  html`<p>Put your smartcard in the reader, then continue.</p>
    <form method="get" action="/window/${asked.id}"><button>I have put the card in</button></form>
    ${cancelForm(asked)}`;

function form(asked: Asked, cards: readonly Card[], action: string, { problems, typed }: Left): Html {
  const isNew = asked.need === 'new-passcode';
  return html`<form method="post" action="/window/${asked.id}" novalidate autocomplete="off">
      <input type="hidden" name="token" value="${asked.formToken}" />
      ${cardChoice(cards, problems, typed)}
      ${isNew && html`<p>The card holder chooses 6 to 8 digits, and tells nobody. Do not use a run or a repeat.</p>`}
      ${passcodeField('passcode', isNew ? 'New passcode' : 'Passcode', problems)}
      ${isNew && passcodeField('again', 'New passcode again', problems)}
      ${asked.order?.purpose === 'set-passcode' && acceptance(asked.order.terms, problems, typed?.accepts ?? false)}
      <button>${action}</button>
    </form>
    ${cancelForm(asked)}`;
}

const errorOf = (problems: readonly Problem[], field: string) =>
  problems.filter((problem) => problem.field === field).map(({ text }) => html`<p class="error" id="${field}-error">${text}</p>`);
const describedBy = (problems: readonly Problem[], field: string) =>
  problems.some((problem) => problem.field === field) && html` aria-describedby="${field}-error"`;

const passcodeField = (name: string, label: string, problems: readonly Problem[]) =>
  html`<div class="field">
    <label for="${name}">${label}</label>
    ${errorOf(problems, name)}
    <input
      id="${name}"
      name="${name}"
      type="password"
      inputmode="numeric"
      autocomplete="off"
      maxlength="8"
      ${describedBy(problems, name)}
    />
  </div>`;

const acceptance = (terms: string, problems: readonly Problem[], accepts: boolean) =>
  html`${errorOf(problems, 'accepts')}
    <div class="choice field">
      <input type="checkbox" id="accepts" name="accepts" value="yes" ${accepts && html` checked`}${describedBy(problems, 'accepts')} />
      <label for="accepts">I am the card holder, and I accept the terms of use (version ${terms})</label>
    </div>`;

const cancelForm = (asked: Asked) =>
  html`<form method="post" action="/window/${asked.id}">
    <input type="hidden" name="token" value="${asked.formToken}" />
    <button class="secondary" name="cancel" value="yes">Cancel</button>
  </form>`;

function cardChoice(cards: readonly Card[], problems: readonly Problem[], typed?: Typed): Html {
  const [only] = cards;
  if (cards.length === 1 && only) {
    return html`<input type="hidden" name="card" value="${only.serial}" />
      <p>Card: ${cardName(only)}</p>`;
  }
  const choices = cards.map(
    (card, index) =>
      html`<div class="choice">
        <input type="radio" name="card" id="${idOf(index)}" value="${card.serial}" ${card.serial === typed?.card && html` checked`} /><label
          for="${idOf(index)}"
          >${cardName(card)}</label
        >
      </div>`,
  );
  return html`<fieldset>
    <legend>Which card?</legend>
    ${errorOf(problems, 'card')} ${choices}
  </fieldset>`;
}

/** The first is where a message about the choice leads to. */
const idOf = (index: number) => (index === 0 ? 'card' : `card-${index + 1}`);

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
