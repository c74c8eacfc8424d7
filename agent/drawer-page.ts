/** The drawer of a pretend workstation: which software card is in which reader, and the hand that moves them. */
import type { Card, CardState, Reader } from '../domain/agent-protocol.ts';
import { cardName } from './agent-window.ts';
import { CardError } from './drivers/driver.ts';
import type { Drawer } from './drivers/software.ts';
import type { Html } from './html.ts';
import { html, layout } from './html.ts';

const stateWords: Record<CardState, string> = {
  blank: 'Blank',
  'set-up': 'Being issued',
  ready: 'Ready',
  locked: 'Locked',
  blocked: 'Blocked for ever',
};

/** @param token proves that a form came from this page */
export async function drawerPage(drawer: Drawer, token: string): Promise<string> {
  const [readers, cards, holders] = [await drawer.readers(), await drawer.cards(), await drawer.holders()];
  const named: Named = (card) => [holders[card.serial], cardName(card)].filter(Boolean).join(', ');
  const inReader = new Set(readers.flatMap(({ card }) => card?.serial ?? []));
  const lying = cards.filter(({ serial }) => !inReader.has(serial));
  return layout(
    'Card drawer',
    html`<h1>Card drawer</h1>
      <p>These cards and readers are pretend, for development and demonstrations. What you do here is what a hand would do.</p>
      <h2>Readers</h2>
      ${readers.map((reader) => readerForms(reader, lying, token, named))}
      <h2>Cards</h2>
      ${cardList(cards, readers, named)}
      <form method="post" action="/drawer">${hidden(token, 'add')}<button class="secondary">Add a blank card</button></form>`,
  );
}

/** Does what a form of the page says. Answers false when it says nothing that can be done. */
export async function actOnDrawer(drawer: Drawer, form: URLSearchParams): Promise<boolean> {
  const [action, reader, card] = [form.get('action'), form.get('reader') ?? '', form.get('card') ?? ''];
  if (action === 'add') return (await drawer.addBlank()) !== '';
  if (action !== 'take-out' && (action !== 'put-in' || card === '')) return false;
  try {
    await drawer.put(action === 'put-in' ? card : null, reader);
    return true;
  } catch (error) {
    if (error instanceof CardError) return false;
    throw error;
  }
}

/** What a card is called here: in a demo with its holder's name before its number, since a pretend card has no picture. */
type Named = (card: Card) => string;

function readerForms({ name, card }: Reader, lying: readonly Card[], token: string, named: Named): Html {
  const id = name.replace(/\W+/g, '-').toLowerCase();
  return html`<div class="inset">
    <h3 id="${id}-heading">${name}</h3>
    <p>${card ? html`Holds ${named(card)}: ${stateWords[card.state].toLowerCase()}` : 'Empty'}</p>
    ${card && html`<form method="post" action="/drawer">${hidden(token, 'take-out', name)}<button class="secondary">Take the card out of ${name}</button></form>`}
    ${lying.length > 0 && putInForm({ id, name, isFull: card !== null }, lying, token, named)}
  </div>`;
}

const putInForm = (reader: { id: string; name: string; isFull: boolean }, lying: readonly Card[], token: string, named: Named) =>
  html`<form method="post" action="/drawer">
    ${hidden(token, 'put-in', reader.name)}
    <div class="field">
      <label for="${reader.id}-card">Card for ${reader.name}</label>
      <select id="${reader.id}-card" name="card">
        ${lying.map((card) => html`<option value="${card.serial}">${named(card)}, ${stateWords[card.state].toLowerCase()}</option>`)}
      </select>
    </div>
    <button>${reader.isFull ? 'Swap the card in' : 'Put the card in'} ${reader.name}</button>
  </form>`;

const hidden = (token: string, action: string, reader = '') =>
  html`<input type="hidden" name="token" value="${token}" /><input
      type="hidden"
      name="action"
      value="${action}"
    />${reader !== '' && html`<input type="hidden" name="reader" value="${reader}" />`}`;

const cardList = (cards: readonly Card[], readers: readonly Reader[], named: Named) =>
  html`<ul class="cards">
    ${cards.map((card) => html`<li><strong>${named(card)}</strong><br />${stateWords[card.state]}. ${placeOf(card, readers)}</li>`)}
  </ul>`;

const placeOf = ({ serial }: Card, readers: readonly Reader[]) =>
  readers.find(({ card }) => card?.serial === serial)?.name ?? 'In the drawer';
