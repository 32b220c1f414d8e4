// Where one writes: Enter sends, ArrowUp edits what one said last, and nothing typed is lost when sending fails.

import { installNames } from './names.js';

const LOGGED_OUT = 'You are logged out. Log in in another tab and send again: what you typed stays here.';
const NO_ANSWER = 'The server could not be reached. What you typed stays here; send it again.';

/**
 * Make a form send without leaving the page. `said` gets the server's answer, with `edited` when a message
 * that was there got a new text; `place` holds the messages that may be edited here.
 */
export function installComposer(form, place, said) {
  const field = form.elements.text;
  const bar = form.querySelector('.editing');
  const refused = form.querySelector('.error');
  const button = form.querySelector('button.primary');
  const word = button.querySelector('span');
  // Fingers have no Shift: their Enter is a new line.
  const hasKeys = !matchMedia('(pointer: coarse)').matches;
  let draft = '';
  let isSending = false;

  installNames(field, form.querySelector('.names'), form.dataset.names);
  button.querySelector('kbd').hidden = !hasKeys;
  if (!CSS.supports('field-sizing', 'content')) {
    field.addEventListener('input', () => (field.rows = Math.min(10, field.value.split('\n').length)));
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    send();
  });
  form.querySelector('.stop').addEventListener('click', (event) => {
    event.preventDefault();
    stopEditing();
  });
  place.addEventListener('click', (event) => {
    const link = event.target.closest('a.do-edit');
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    edit(link.closest('.msg'));
  });
  field.addEventListener('keydown', (event) => {
    if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    if (event.key === 'Enter' && hasKeys) {
      event.preventDefault();
      send();
    } else if (event.key === 'ArrowUp' && !field.value && !form.elements.edit.value) {
      const own = [...place.querySelectorAll('.msg[data-text]')].at(-1);
      if (!own) return;
      event.preventDefault();
      edit(own);
    } else if (event.key === 'Escape' && form.elements.edit.value) {
      event.stopPropagation();
      stopEditing();
    }
  });

  async function send() {
    if (isSending || !field.value.trim()) return;
    isSending = button.disabled = true;
    // What is typed meanwhile is the next message.
    const sent = field.value;
    const body = new URLSearchParams(new FormData(form));
    const { answer, reason } = await ask(form.action, body);
    isSending = button.disabled = false;
    refused.hidden = !reason;
    refused.textContent = reason ?? '';
    field.toggleAttribute('aria-invalid', false);
    if (reason) {
      field.setAttribute('aria-invalid', 'true');
      field.focus();
      return;
    }
    const edited = body.get('edit');
    if (edited) stopEditing();
    else if (field.value.startsWith(sent)) put(field.value.slice(sent.length));
    said({ ...answer, edited });
  }

  function edit(message) {
    if (!form.elements.edit.value) draft = field.value;
    mark(false);
    form.elements.edit.value = message.dataset.id;
    mark(true);
    put(message.dataset.text);
    bar.hidden = false;
    word.textContent = button.dataset.save;
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  }

  function stopEditing() {
    mark(false);
    form.elements.edit.value = '';
    bar.hidden = true;
    refused.hidden = true;
    word.textContent = button.dataset.send;
    put(draft);
    draft = '';
    field.focus();
  }

  function mark(on) {
    const id = form.elements.edit.value;
    if (id) place.querySelector(`.msg[data-id="${id}"]`)?.classList.toggle('being-edited', on);
  }

  function put(text) {
    field.value = text;
    field.dispatchEvent(new Event('input'));
  }
}

async function ask(address, body) {
  try {
    let response = await post(address, body);
    let answer = response.redirected ? {} : await response.json();
    // The page is older than the login: its token is not that of the session any more.
    if (answer.expired && (await renewToken(body))) {
      response = await post(address, body);
      answer = response.redirected ? {} : await response.json();
    }
    if (response.redirected || answer.expired) return { reason: LOGGED_OUT };
    return response.ok ? { answer } : { reason: answer.error };
  } catch {
    return { reason: NO_ANSWER };
  }
}

function post(address, body) {
  return fetch(address, { method: 'POST', body, headers: { Accept: 'application/json' } });
}

/** Take the token of the session as it is now; return whether somebody is logged in. */
async function renewToken(body) {
  const response = await fetch(location.pathname);
  if (!response.ok || response.redirected) return false;
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  const token = page.querySelector('input[name=csrf_token]').value;
  body.set('csrf_token', token);
  for (const field of document.querySelectorAll('input[name=csrf_token]')) field.value = token;
  return true;
}
