import { initAll } from '/assets/nhsuk/nhsuk-frontend.min.js';

initAll();

// A second press does nothing while the first is on its way. The server would act once all the same.
document.addEventListener('submit', (event) => {
  const form = event.target;
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = 'yes';
  setTimeout(() => delete form.dataset.sent, 5000);
});
