// What a script uses and what to write instead: asked for as it is typed, listed below the editor and marked in it.

const PAUSE_MS = 600;
const TONES = { problem: 'bad', warning: 'warn', info: 'mute', ok: 'ok' };
const SEVERITIES = { problem: 'error', warning: 'warning', info: 'info' };

/**
 * Make the panel below the editor work; return a function that looks at a text, after a pause.
 *
 * `settings()` says how the script would be used; `onNotes` takes what the editor is to mark; `goTo` leads to a place.
 */
export function install(panel, { csrfToken, settings, onNotes, goTo }) {
  let waiting = null;
  let asked = null;
  let isChosen = false;
  panel.querySelector('summary').addEventListener('click', () => (isChosen = true));

  return function look(text, pauseMs = PAUSE_MS) {
    clearTimeout(waiting);
    asked?.abort();
    if (!text.trim()) {
      panel.hidden = true;
      onNotes([]);
      return;
    }
    waiting = setTimeout(async () => {
      asked = new AbortController();
      const check = await ask(panel.dataset.url, csrfToken, { script: text, ...settings() }, asked.signal);
      if (!check) return;
      show(panel, check, goTo);
      if (!isChosen) panel.open = check.notes.some(({ level }) => level === 'problem' || level === 'warning');
      onNotes(check.notes.flatMap(marks));
    }, pauseMs);
  };
}

/** Return the check, or null where there is none: it is only an aid, and the next one may come. */
async function ask(url, csrfToken, given, signal) {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json', 'X-CSRFToken': csrfToken },
      body: JSON.stringify(given),
      signal,
    });
    return response.ok && !response.redirected ? await response.json() : null;
  } catch {
    return null;
  }
}

function marks({ level, message, instead, places }) {
  if (level === 'ok') return [];
  const said = plain(instead ? `${message}. Instead: ${instead}` : message);
  return places.map(([line, column]) => ({ line, column, message: said, severity: SEVERITIES[level] }));
}

function show(panel, check, goTo) {
  const [pill, summary] = panel.querySelectorAll('summary span');
  pill.textContent = check.runs ? 'runs' : 'will not run';
  pill.className = `pill ${check.runs ? 'ok' : 'bad'}`;
  summary.textContent = summarized(check);
  panel.querySelector('ul').replaceChildren(...check.notes.map((note) => item(note, goTo)));
  panel.hidden = false;
}

function summarized({ uses, notes }) {
  const counted = ['problem', 'warning'].map((level) => [level, notes.filter((note) => note.level === level).length]);
  const said = counted.filter(([, count]) => count).map(([level, count]) => `${count} ${level}${count > 1 ? 's' : ''}`);
  const names = uses.filter(({ origin }) => origin !== 'javascript').map(({ name }) => name);
  return [...said, names.length ? `uses ${names.join(', ')}` : 'uses nothing but JavaScript'].join(' · ');
}

function item({ level, message, instead, line, column }, goTo) {
  const said = element('span', 'said', ...coded(message));
  if (instead) said.append(' ', element('span', 'instead', ...coded(`→ ${instead}`)));
  const place = line ? element('button', 'link mono', `${line}:${column}`) : element('span');
  if (line) {
    place.type = 'button';
    place.setAttribute('aria-label', `Line ${line}, column ${column}`);
    place.addEventListener('click', () => goTo(line, column));
  }
  return element('li', '', element('span', `pill ${TONES[level]}`, level), place, said);
}

/** What stands between backticks becomes code. */
function coded(text) {
  return text.split('`').map((part, i) => (i % 2 ? element('code', '', part) : part));
}

function plain(text) {
  return text.replaceAll('`', '');
}

function element(name, className = '', ...content) {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...content);
  return made;
}
