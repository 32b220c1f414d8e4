// Trying an outgoing integration: the message it is given, and what it would send and post.
import { localize } from './times.js';
import { consoleLines, element, errorIn, failed, panel, paragraph, post, show } from './trial-panels.js';

const byId = (id) => document.getElementById(id);

/** Make the panels beside the script work; return a function that runs a script's text. */
export function install({ url, csrfToken, onProblem }) {
  const result = byId('result');
  let running = false;
  byId('trial').hidden = false;

  return async function run(script) {
    if (running) return;
    running = true;
    result.setAttribute('aria-busy', 'true');
    const typed = Object.fromEntries(
      ['text', 'room', 'status', 'answer'].map((name) => [name, byId(`try-${name}`).value]),
    );
    const answer = await post(url, csrfToken, { script, ...typed });
    show(result, answer.error && !answer.outcome ? [failed(answer.error)] : outcome(answer, script));
    onProblem(answer.outcome ? answer.error : null);
    result.removeAttribute('aria-busy');
    running = false;
  };
}

/** Return the panels that tell what a run came to, the most important first. */
function outcome(answer, script) {
  const panels = [];
  const pill = element('span', `pill ${answer.tone}`, answer.outcome);
  const took = element('span', 'sub mono', answer.runMs === null ? '' : `${answer.runMs.toFixed(1)} ms`);
  const log = answer.log ? Object.assign(element('a', 'small', 'Log'), { href: answer.log }) : '';
  if (answer.error) panels.push(panel('Error', errorIn(script, answer.error)));
  panels.push(
    answer.request
      ? panel('Request', request(answer.request), pill, took, element('span', 'grow', ''), log)
      : panel('No request', paragraph(answer.summary, 'what'), pill, took, element('span', 'grow', ''), log),
  );
  for (const { html, to } of answer.messages) {
    const message = document.createElement('div');
    // Made by the server from the message, every text in it escaped.
    message.innerHTML = html;
    localize(message);
    panels.push(panel('Message', message, element('span', 'sub small', `to ${to}`)));
  }
  if (answer.answered && !answer.messages.length) panels.push(panel('Message', paragraph(answer.summary, 'what')));
  const lines = answer.console.length ? consoleLines(answer.console) : paragraph('The script logged nothing.', 'sub');
  panels.push(panel('Console', lines));
  return panels;
}

function request({ line, headers, body }) {
  const all = element('div', '', '');
  all.append(
    element('pre', 'sent', line),
    element('pre', 'sent soft', headers),
    element('pre', 'sent', indented(body ?? '')),
  );
  return all;
}

function indented(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
