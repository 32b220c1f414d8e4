// The log: times of the reader's zone, filters that apply when chosen, new rows as they come.

import { installFilters } from './filters.js';
import { elements, follow, getJson } from './live.js';
import { localize } from './times.js';

const MAX_ROWS = 300;

localize(document);
installFilters(document.getElementById('filters'));
const log = document.getElementById('log');
const button = document.getElementById('live');
if (button && log.dataset.live) follow(button, (signal) => poll(log, signal));

async function poll(panel, signal) {
  const table = panel.querySelector('table.log');
  const body = table.tBodies[0];
  const address = new URL(panel.dataset.live, location.href);
  address.searchParams.set('after', panel.dataset.after);
  const answer = await getJson(address, signal);
  document.getElementById('counted').innerHTML = answer.counted;
  const known = new Map([...body.rows].map((row) => [row.dataset.id, row]));
  const rows = elements(answer.html).filter((row) => !known.has(row.dataset.id));
  if (!rows.length) return;
  // None of a full page is known: what lies between is not shown as if it were nothing.
  if (answer.full && !elements(answer.html).some((row) => known.has(row.dataset.id))) body.replaceChildren();
  for (const row of rows) insert(body, row);
  while (body.rows.length > MAX_ROWS) body.rows[body.rows.length - 1].remove();
  panel.dataset.after = body.rows[0].dataset.id;
  table.hidden = false;
  document.getElementById('empty')?.remove();
}

/** Insert a row where its id belongs: what took long comes late, under the id of its beginning. */
function insert(body, row) {
  const next = [...body.rows].find((one) => one.dataset.id < row.dataset.id) ?? null;
  body.insertBefore(row, next);
  localize(row);
  row.classList.add('new');
}
