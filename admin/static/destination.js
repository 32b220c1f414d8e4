// The page of a destination: a test shows the far side's answer in its place.

import { elements } from './live.js';

const form = document.querySelector('#test form');
const button = form.querySelector('button');
const place = document.getElementById('tested');

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  if (button.disabled) return;
  button.disabled = true;
  place.setAttribute('aria-busy', 'true');
  place.replaceChildren(paragraph('Waiting for the answer…', 'sub'));
  place.replaceChildren(...(await test()));
  place.removeAttribute('aria-busy');
  button.disabled = false;
});

async function test() {
  try {
    const response = await fetch(form.action, {
      method: 'POST',
      body: new FormData(form),
      headers: { Accept: 'application/json' },
    });
    if (response.redirected) return [paragraph('Your login ended. Reload this page.', 'failed')];
    const answer = await response.json();
    return answer.html ? elements(answer.html) : [paragraph(answer.error, 'failed')];
  } catch {
    return [paragraph('The server did not answer.', 'failed')];
  }
}

function paragraph(text, className) {
  const made = document.createElement('p');
  made.className = className;
  made.textContent = text;
  return made;
}
