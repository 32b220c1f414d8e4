// The URL of an integration, or the token of one that calls: dots until asked for, and copied without being shown.
import { copy } from './clipboard.js';

/** Make the buttons in this form work without leaving the page. */
export function install(form) {
  const code = document.getElementById('url');
  const said = document.getElementById('copied');
  const dots = code.textContent;
  const buttons = Object.fromEntries([...form.querySelectorAll('[data-url]')].map((one) => [one.dataset.url, one]));
  const { member } = form.dataset;
  for (const button of Object.values(buttons)) button.hidden = false;

  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const shown = code.textContent !== dots;
    const revealed = shown ? { [member]: dots } : await reveal(form, said);
    if (!revealed) return;
    code.textContent = revealed[member];
    buttons.show.textContent = shown ? 'Show' : 'Hide';
  });
  for (const [name, copied] of [
    ['copy', member],
    ['curl', 'curl'],
  ]) {
    buttons[name]?.addEventListener('click', async () => {
      const revealed = await reveal(form, said);
      if (revealed) tell(buttons[name], said, await copy(revealed[copied]));
    });
  }
}

async function reveal(form, said) {
  try {
    const response = await fetch(form.action, {
      method: 'POST',
      body: new FormData(form),
      headers: { Accept: 'application/json' },
    });
    if (response.ok && !response.redirected) return await response.json();
  } catch {
    // Said below.
  }
  said.classList.remove('sr-only');
  said.textContent = 'That did not work: load the page again.';
  return null;
}

function tell(button, said, copied) {
  const { width } = button.getBoundingClientRect();
  const label = (button.dataset.label ??= button.textContent);
  said.textContent = copied ? 'Copied' : 'Not copied: press Show and copy it by hand.';
  said.classList.toggle('sr-only', copied);
  if (!copied) return;
  // As wide as before, so that nothing moves under the pointer.
  button.style.minWidth = `${width}px`;
  button.textContent = 'Copied';
  setTimeout(() => (button.textContent = label), 1500);
}
