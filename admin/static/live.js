// A list that follows what happens, for as long as somebody looks at it.

const EVERY_MS = 2000;
const AFTER_FAILURE_MS = 10000;

/**
 * Call `poll` again and again while the tab is visible and the button is pressed.
 * `poll` gets an AbortSignal and throws when it could not ask.
 */
export function follow(button, poll) {
  let timer;
  let asking = null;
  let on = true;

  function show(state) {
    button.classList.toggle('off', state === 'off');
    button.classList.toggle('broken', state === 'broken');
    button.setAttribute('aria-pressed', String(on));
    button.textContent = { live: 'Live', off: 'Paused', broken: 'No answer' }[state];
  }

  async function ask() {
    asking = new AbortController();
    const { signal } = asking;
    let wait = EVERY_MS;
    try {
      await poll(signal);
      if (!signal.aborted) show('live');
    } catch {
      wait = AFTER_FAILURE_MS;
      if (!signal.aborted) show('broken');
    }
    if (!signal.aborted) timer = setTimeout(ask, wait);
  }

  function decide() {
    clearTimeout(timer);
    asking?.abort();
    if (!on) show('off');
    else if (!document.hidden) ask();
  }

  button.hidden = false;
  button.addEventListener('click', () => {
    on = !on;
    decide();
  });
  document.addEventListener('visibilitychange', decide);
  show('live');
  timer = setTimeout(ask, EVERY_MS);
}

/** Fetch JSON from this server; throw when it is not what was asked for. */
export async function getJson(address, signal) {
  const response = await fetch(address, { signal, headers: { Accept: 'application/json' } });
  if (!response.ok || response.redirected) throw new Error(`answered ${response.status}`);
  return response.json();
}

/** Return the elements of a piece of HTML that the server rendered. */
export function elements(html) {
  const template = document.createElement('template');
  template.innerHTML = html;
  return [...template.content.children];
}
