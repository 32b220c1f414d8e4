// Trying a script: the request it is given, and what came of it.
import { localize } from './times.js';
import { consoleLines, element, errorIn, failed, panel, paragraph, post, show } from './trial-panels.js';

const byId = (id) => document.getElementById(id);

/** Make the panels beside the script work; return a function that runs a script's text. */
export function install({ url, csrfToken, onProblem }) {
  const fields = { body: byId('try-body'), headers: byId('try-headers'), query: byId('try-query') };
  const example = { method: 'POST', ...values(fields) };
  const result = byId('result');
  let chosen = { id: null, ...example };
  let running = false;

  byId('trial').hidden = false;
  byId('captured').addEventListener('change', async (event) => {
    const option = event.target.selectedOptions[0];
    const request = option.value ? await load(option.value) : example;
    if (!request) {
      show(result, [panel('Request', paragraph('That request could not be loaded.', 'bad'))]);
      return;
    }
    chosen = { id: option.dataset.id ?? null, ...request };
    for (const [name, field] of Object.entries(fields)) field.value = request[name];
  });

  return async function run(script) {
    if (running) return;
    running = true;
    result.setAttribute('aria-busy', 'true');
    const typed = values(fields);
    // What was not changed is sent as it came, byte for byte.
    const requestId = chosen.id && typed.body === chosen.body ? chosen.id : null;
    const answer = await post(url, csrfToken, { script, ...typed, method: chosen.method, requestId });
    show(result, answer.error && !answer.outcome ? [failed(answer.error)] : outcome(answer, script));
    onProblem(answer.outcome ? answer.error : null);
    result.removeAttribute('aria-busy');
    running = false;
  };
}

function values(fields) {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.value]));
}

async function load(url) {
  try {
    const response = await fetch(url, { headers: { Accept: 'application/json' } });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/** Return the panels that tell what a run came to, the most important first. */
function outcome(answer, script) {
  const panels = [];
  if (answer.error) panels.push(panel('Error', errorIn(script, answer.error)));
  else if (!answer.messages.length) panels.push(panel('Message', paragraph(answer.summary, 'what')));
  for (const { html, to } of answer.messages) {
    const message = document.createElement('div');
    // Made by the server from the message, every text in it escaped.
    message.innerHTML = html;
    localize(message);
    panels.push(panel('Message', message, element('span', 'sub small', `to ${to}`)));
  }
  const lines = answer.console.length ? consoleLines(answer.console) : paragraph('The script logged nothing.', 'sub');
  panels.push(panel('Console', lines));
  const pill = element('span', `pill ${answer.tone}`, `${answer.status} ${answer.outcome}`);
  const log = Object.assign(element('a', 'small', 'Log'), { href: answer.log });
  const took = element('span', 'sub mono', answer.runMs === null ? '' : `${answer.runMs.toFixed(1)} ms`);
  const text = JSON.stringify(answer.answer, null, 2);
  panels.push(panel('Answer', element('pre', '', text), pill, took, element('span', 'grow', ''), log));
  return panels;
}
