// What trying a script shows, whatever kind of script it is.

export async function post(url, csrfToken, given) {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Accept: 'application/json', 'X-CSRFToken': csrfToken },
      body: JSON.stringify(given),
    });
    if (response.redirected) return { error: 'Your login ended. Log in again in another tab, then reload this page.' };
    return await response.json();
  } catch {
    return { error: 'The server did not answer.' };
  }
}

export function failed(reason) {
  return panel('Not run', paragraph(reason, 'bad-text'));
}

export function errorIn(script, error) {
  const text = `${error.name}: ${error.message}`;
  const lines = script.split('\n');
  const pre = element('pre', 'code', '');
  if (!error.line || error.line > lines.length) {
    pre.append(element('em', '', text));
    return pre;
  }
  const from = Math.max(0, error.line - 3);
  pre.style.setProperty('--from', from);
  for (let index = from; index < Math.min(lines.length, error.line + 1); index += 1) {
    const hit = index === error.line - 1;
    pre.append(element('span', hit ? 'hit' : '', lines[index].slice(0, 300)));
    if (hit) pre.append(element('em', '', text));
  }
  return pre;
}

export function consoleLines(lines) {
  const all = element('div', 'con', '');
  for (const { level, text, at } of lines) {
    const row = element('div', '', '');
    const tone = { error: 'bad', warn: 'warn' }[level] ?? '';
    row.append(
      element('span', 't', at === null || at === undefined ? '' : `+${at.toFixed(1)} ms`),
      element('span', tone, level),
      element('span', 'text', text),
    );
    all.append(row);
  }
  return all;
}

export function panel(title, content, ...heading) {
  const all = element('div', 'panel', '');
  const head = element('div', 'head', '');
  head.append(element('h2', '', title), ...heading);
  all.append(head, content);
  return all;
}

export function paragraph(text, className) {
  const body = element('div', 'body', '');
  body.append(element('p', className, text));
  return body;
}

export function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

export function show(result, panels) {
  result.replaceChildren(...panels);
}
