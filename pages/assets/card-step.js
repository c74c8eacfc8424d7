// Steps with a card in a reader: asks the smartcard program on this computer, and sends on what it answers. See web/card-step.njk.
import { createAgent } from '/assets/agent.js';

/** What a step's form says of how it stands: a problem, which takes the focus, or what is going on. */
function stepOf(form) {
  const problem = form.querySelector('[data-problem]');
  const progress = form.querySelector('[data-progress]');
  const agent = createAgent({
    port: new URL(form.dataset.agent).port,
    onWindow: (url) => progress.replaceChildren(...(url ? goTo(url) : [])),
  });
  let busy = false;
  return {
    agent,
    say: (text) => (progress.textContent = text),
    async run(act) {
      if (busy) return;
      busy = true;
      problem.textContent = '';
      try {
        await act();
      } catch (error) {
        progress.textContent = '';
        problem.textContent = error.message;
        problem.focus();
      } finally {
        busy = false;
      }
    },
  };
}

function goTo(url) {
  const link = Object.assign(document.createElement('a'), { href: url, target: 'care-agent', textContent: 'Go to that window' });
  return ['Go on in the window of the smartcard program. ', link];
}

/** A button that works only with the card starts at once where the page before was the press. */
function onPress(form, { run }, act) {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void run(act);
  });
  if ('auto' in form.dataset) void run(act);
}

/** Asks the server for an order: says which agent it is for, and which card. */
for (const form of document.querySelectorAll('form[data-card-ask]')) {
  const step = stepOf(form);
  onPress(form, step, async () => {
    step.say('Looking for the card');
    const { session, readers } = await step.agent.status();
    const serials = readers.flatMap(({ card }) => card?.serial ?? []);
    const { card } = form.dataset;
    if (card && !serials.includes(card)) throw new Error(`Put the card with serial number ${card} in a reader`);
    const chosen = form.querySelector('input[name="card"]:checked');
    if ('choose' in form.dataset && !chosen) throw new Error('Select the card that was printed');
    form.elements.session.value = JSON.stringify(session);
    form.submit();
  });
  if ('choose' in form.dataset) showCards(form, step);
}

/** Carries out an order, and sends what the agent answered. */
for (const form of document.querySelectorAll('form[data-card-order]')) {
  const step = stepOf(form);
  onPress(form, step, async () => {
    step.say(form.dataset.words);
    const { session } = await step.agent.status();
    if (session.kid !== form.dataset.session) throw new Error('This step was begun with another computer, or too long ago. Start it again');
    const { order, caseId, card } = form.dataset;
    const result = order ? await step.agent.carryOut({ order }) : await step.agent.prepare({ caseId, card });
    step.say('Saving');
    form.elements.result.value = JSON.stringify(result);
    form.submit();
  });
}

/** The blank cards in the readers, to choose from by serial; looks again every two seconds. The operator's own card is never among them. */
function showCards(form, { agent }) {
  const list = form.querySelector('[data-cards]');
  const own = form.dataset.own.split(' ');
  let shown;
  const look = async () => {
    const { readers } = await agent.status();
    if (JSON.stringify(readers) === shown) return;
    shown = JSON.stringify(readers);
    const chosen = form.querySelector('input[name="card"]:checked')?.value;
    const blank = readers.flatMap(({ name, card }) =>
      card && card.state === 'blank' && !own.includes(card.serial) ? { name, ...card } : [],
    );
    list.replaceChildren(...blank.map(({ serial, name }) => choice(serial, name, serial === chosen || blank.length === 1)));
    if (blank.length === 0) list.replaceChildren(inWords(wordsFor(readers, own)));
  };
  const again = () =>
    look()
      .catch((error) => {
        shown = undefined;
        list.replaceChildren(inWords(error.message));
      })
      .finally(() => setTimeout(again, 2000));
  void again();
}

const inWords = (text) => Object.assign(document.createElement('p'), { textContent: text });

function wordsFor(readers, own) {
  if (readers.length === 0) return 'No reader is connected to this computer. Connect one';
  const cards = readers.flatMap(({ card }) => card ?? []);
  const isOwnIn = cards.some(({ serial }) => own.includes(serial));
  if (readers.length === 1 && isOwnIn) return 'Take your own card out of the reader, and put the printed card in. You stay signed in';
  if (cards.length > 0 && !(isOwnIn && cards.length === 1)) return 'The card in the reader is not blank. Put the printed card in a reader';
  return 'Put the printed card in a reader';
}

function choice(serial, reader, checked) {
  const item = Object.assign(document.createElement('div'), { className: 'nhsuk-radios__item' });
  const input = Object.assign(document.createElement('input'), {
    className: 'nhsuk-radios__input',
    type: 'radio',
    name: 'card',
    id: `card-${serial}`,
    value: serial,
    checked,
  });
  const label = Object.assign(document.createElement('label'), {
    className: 'nhsuk-label nhsuk-radios__label',
    htmlFor: input.id,
    textContent: `Serial number ${serial} (${reader})`,
  });
  item.append(input, label);
  return item;
}

/** How often a page that waits for something else looks again: ten minutes in all, so that nobody stays signed in by leaving it open. */
const mostLooks = 150;

/** The page is left as it is until there is something else to do: whoever reads it is not interrupted. */
for (const waiting of document.querySelectorAll('[data-look-again]')) {
  const seconds = Number(waiting.dataset.lookAgain);
  let looks = 0;
  const look = async () => {
    const response = await fetch(location.href, { cache: 'no-store', redirect: 'manual' });
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    const now = page.querySelector('[data-look-again]');
    if (response.type === 'opaqueredirect' || (response.ok && !now)) location.replace(location.href);
    else if (now && now.textContent !== waiting.textContent) waiting.replaceChildren(...now.childNodes);
  };
  const again = () =>
    look()
      .catch(() => {}) // the service was not reached: the next look may
      .finally(() => {
        looks += 1;
        if (looks < mostLooks) setTimeout(again, seconds * 1000);
      });
  setTimeout(again, seconds * 1000);
}
