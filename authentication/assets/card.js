// Signs in with a smartcard: says at once what can be seen of it here, then asks the program on this computer, and sends what the card signed.
import { createAgent } from '/assets/agent.js';

const locked = 'This smartcard is locked. Have it unlocked by an unlocker, your sponsor or your Registration Authority, with you there';

/** What is wrong with what is in the readers, in words; nothing if a card may be tried. */
function wrongWith({ readers }) {
  if (readers.length === 0) return 'No smartcard reader is connected. Connect one, then try again';
  const cards = readers.flatMap(({ card }) => card ?? []);
  if (cards.length === 0) return 'There is no smartcard in the reader. Put yours in, then try again';
  if (cards.every(({ state }) => state === 'locked' || state === 'blocked')) return locked;
  if (cards.every(({ state }) => state !== 'ready' && state !== 'locked'))
    return 'This smartcard is not ready to sign in with. Use another one';
  return undefined;
}

async function challengeFor(form) {
  const answer = await fetch(form.dataset.challenge, { method: 'POST', headers: { Accept: 'application/json' } });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.message);
  return body;
}

for (const form of document.querySelectorAll('form[data-card]')) {
  const problem = form.querySelector('[data-problem]');
  const progress = form.querySelector('[data-progress]');
  const agent = createAgent({
    port: new URL(form.dataset.card).port,
    onWindow: (url) => progress.replaceChildren(...(url ? goTo(url) : [])),
  });

  async function signIn() {
    const [status, challenge] = await Promise.all([agent.status(), challengeFor(form)]);
    const wrong = wrongWith(status);
    if (wrong) throw new Error(wrong);
    const { statement } = await agent.signIn(challenge);
    progress.textContent = 'Signing you in';
    form.elements.statement.value = statement;
    form.submit();
  }

  let busy = false;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    problem.textContent = '';
    signIn()
      .catch((error) => {
        problem.textContent = error.code === 'LOCKED' ? locked : error.message;
        problem.focus();
      })
      .finally(() => (busy = false));
  });
}

function goTo(url) {
  const link = Object.assign(document.createElement('a'), { href: url, target: 'care-agent', textContent: 'Go to it' });
  return ['Enter your passcode in the window of the smartcard program. ', link];
}
