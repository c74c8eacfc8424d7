// Asks the browser for a security key, a fingerprint or a face, and sends its answer with the form it belongs to.
const { startAuthentication, startRegistration, browserSupportsWebAuthn } = globalThis.SimpleWebAuthnBrowser;

const words = {
  NotAllowedError: 'You cancelled, or it took too long. Try again',
  InvalidStateError: 'This authenticator is registered already. Use another one',
  NotSupportedError: 'This authenticator cannot be used here. Use another one',
  SecurityError: 'This browser does not allow it at this address. Tell your IT service desk',
};

async function optionsFor(form) {
  const fields = Object.fromEntries(new FormData(form));
  const answer = await fetch(form.dataset.options, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json' },
    body: JSON.stringify(fields),
  });
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.message);
  return body;
}

async function answer(form) {
  const optionsJSON = await optionsFor(form);
  const ask = form.dataset.webauthn === 'register' ? startRegistration : startAuthentication;
  form.elements.response.value = JSON.stringify(await ask({ optionsJSON }));
  form.submit();
}

for (const form of document.querySelectorAll('form[data-webauthn]')) {
  const problem = form.querySelector('[data-problem]');
  if (!browserSupportsWebAuthn()) problem.textContent = 'This browser cannot use security keys. Use another browser, or your smartcard';
  let busy = false;
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    problem.textContent = '';
    answer(form)
      .catch((error) => {
        problem.textContent = words[error.name] ?? error.message;
        problem.focus();
      })
      .finally(() => (busy = false));
  });
}
