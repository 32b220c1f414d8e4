// A room: days and times of the reader's zone, messages of one sender grouped, older ones on demand, new ones as they come.

import { elements, follow, getJson } from './live.js';
import { mendPictures } from './pictures.js';
import { dayInWords, dayKey, localize } from './times.js';

const GROUP_MS = 5 * 60 * 1000;
const MAX_MESSAGES = 500;
/** So near to the end, the reader wants to see what comes. */
const NEAR_PX = 120;

localize(document);
mendPictures(document);
const chat = document.getElementById('chat');
if (chat) install(chat);

function install(pane) {
  const talk = document.getElementById('talk');
  arrange(talk);
  const target = pane.dataset.at && document.getElementById(`m-${pane.dataset.at}`);
  if (target) {
    target.classList.add('target');
    target.scrollIntoView({ block: 'center' });
  } else {
    toEnd(pane);
  }
  // Pictures come later than their messages.
  talk.addEventListener(
    'load',
    (event) => {
      if (event.target.matches('img') && !target && pane.dataset.atEnd !== undefined) toEnd(pane);
    },
    true,
  );
  pane.addEventListener('scroll', () => markEnd(pane), { passive: true });
  // A window that gets smaller, or a header that gets a second line, hides the end again.
  new ResizeObserver(() => {
    if (pane.dataset.atEnd !== undefined) toEnd(pane);
  }).observe(pane);
  document.getElementById('older')?.addEventListener('click', (event) => {
    event.preventDefault();
    showOlder(pane, talk, event.currentTarget);
  });
  const button = document.getElementById('live');
  if (button && pane.dataset.live !== undefined) follow(button, (signal) => poll(pane, talk, signal));
}

async function showOlder(pane, talk, link) {
  const first = talk.querySelector('.msg');
  const address = new URL(pane.dataset.messages, location.href);
  address.searchParams.set('before', first.dataset.id);
  let answer;
  try {
    answer = await getJson(address);
  } catch {
    location.href = link.href;
    return;
  }
  const top = first.getBoundingClientRect().top;
  for (const message of messages(answer.html).reverse()) talk.prepend(message);
  arrange(talk);
  // What was being read stays where it is.
  pane.scrollTop += first.getBoundingClientRect().top - top;
  if (!answer.older) link.parentElement.remove();
}

async function poll(pane, talk, signal) {
  const known = new Map([...talk.querySelectorAll('.msg')].map((one) => [one.dataset.id, one]));
  const last = [...known.keys()].at(-1) ?? '0';
  const address = new URL(pane.dataset.messages, location.href);
  address.searchParams.set('after', last);
  const answer = await getJson(address, signal);
  const found = messages(answer.html);
  const fresh = found.filter((one) => !known.has(one.dataset.id));
  if (!fresh.length) return;
  // So many at once that there is a gap: the page as a whole is newer than what is shown.
  if (known.size && answer.older && fresh.length === found.length) {
    location.reload();
    return;
  }
  for (const message of fresh) insert(talk, message);
  const all = talk.querySelectorAll('.msg');
  for (let extra = 0; extra < all.length - MAX_MESSAGES; extra++) all[extra].remove();
  document.getElementById('empty')?.remove();
  const follows = pane.dataset.atEnd !== undefined;
  arrange(talk);
  if (follows) toEnd(pane);
}

function messages(html) {
  return elements(html).filter((one) => one.matches('.msg'));
}

/** Insert a message where its id belongs: a commit may overtake another. */
function insert(talk, message) {
  const after = [...talk.querySelectorAll('.msg')].findLast((one) => one.dataset.id < message.dataset.id);
  message.classList.add('new');
  if (after) after.after(message);
  else talk.prepend(message);
}

/** Group what one sender said in a row, cards apart, and write the days between. */
function arrange(talk) {
  localize(talk);
  for (const day of talk.querySelectorAll('[data-day]')) day.remove();
  let before = null;
  for (const message of talk.querySelectorAll('.msg')) {
    const moment = new Date(message.dataset.ts);
    const newDay = !before || dayKey(before.moment) !== dayKey(moment);
    if (newDay) message.before(separator(moment));
    const follows =
      !newDay &&
      before.message.dataset.sender === message.dataset.sender &&
      moment - before.began < GROUP_MS &&
      !message.querySelector('.attached');
    message.classList.toggle('follows', follows);
    before = { message, moment, began: follows ? before.began : moment };
  }
}

function separator(moment) {
  const day = document.createElement('div');
  day.className = 'day';
  day.dataset.day = '';
  const words = document.createElement('span');
  words.textContent = dayInWords(moment);
  day.append(words);
  return day;
}

function toEnd(pane) {
  pane.scrollTop = pane.scrollHeight;
  pane.dataset.atEnd = '';
}

function markEnd(pane) {
  if (pane.scrollHeight - pane.clientHeight - pane.scrollTop < NEAR_PX) pane.dataset.atEnd = '';
  else delete pane.dataset.atEnd;
}
