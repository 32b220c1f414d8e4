// A list of messages: adding, changing and grouping them, without moving what somebody looks at.

import { elements } from './live.js';
import { dayInWords, dayKey, localize } from './times.js';

const GROUP_MS = 5 * 60 * 1000;
/** So near to the end, the reader wants to see what comes. */
const NEAR_PX = 120;
/** So long after the pointer moved, nobody is about to press what is under it. */
const STILL_MS = 3000;

/** Return the messages of a piece of HTML. */
export function messages(html) {
  return elements(html).filter((one) => one.matches('.msg'));
}

/** Return the messages of a list by their ids. */
export function known(talk) {
  return new Map([...talk.querySelectorAll('.msg')].map((one) => [one.dataset.id, one]));
}

/** Add the messages that are not there yet; return how many there were. */
export function add(talk, html) {
  const there = known(talk);
  const fresh = messages(html).filter((one) => !there.has(one.dataset.id));
  for (const message of fresh) insert(talk, message);
  change(talk, html);
  return fresh.length;
}

/** Put messages that look different now where they are already; return whether there were any. */
export function change(talk, html) {
  const there = known(talk);
  let any = false;
  for (const message of messages(html)) {
    const old = there.get(message.dataset.id);
    if (!old || old === message || old.dataset.version === message.dataset.version) continue;
    for (const name of ['target', 'being-edited']) message.classList.toggle(name, old.classList.contains(name));
    old.replaceWith(message);
    any = true;
  }
  return any;
}

/** Take out what is deleted, of the messages up to `last`; return it. */
export function takeOut(talk, ids, first, last) {
  const left = new Set(ids);
  const gone = [...talk.querySelectorAll('.msg')].filter(
    ({ dataset: { id } }) => id >= first && id <= last && !left.has(id),
  );
  for (const message of gone) message.remove();
  return gone;
}

/** Insert a message where its id belongs: a commit may overtake another. */
function insert(talk, message) {
  const after = [...talk.querySelectorAll('.msg')].findLast((one) => one.dataset.id < message.dataset.id);
  message.classList.add('new');
  if (after) after.after(message);
  else talk.prepend(message);
}

/** Group what one sender said in a row, cards apart, and write the days between; `head` stands before them. */
export function arrange(talk, head = null) {
  localize(talk);
  for (const day of talk.querySelectorAll('[data-day]')) day.remove();
  let before = head && { message: head, moment: new Date(head.dataset.ts), began: -Infinity };
  for (const message of talk.querySelectorAll('.msg')) {
    const moment = new Date(message.dataset.ts);
    const newDay = !before || dayKey(before.moment) !== dayKey(moment);
    if (newDay) message.before(separator(moment));
    const sender = message.dataset.sender;
    const follows =
      !newDay &&
      sender !== '' &&
      before.message.dataset.sender === sender &&
      moment - before.began < GROUP_MS &&
      !message.querySelector('.attached');
    message.classList.toggle('follows', follows);
    message.classList.toggle('again', !newDay && isAgain(before.message, message));
    before = { message, moment, began: follows ? before.began : moment };
  }
}

function isAgain(before, message) {
  return message.matches('.answer') && before.matches('.answer') && before.dataset.head === message.dataset.head;
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

/** What scrolls: it stays at its end while the reader is there, and still when not. */
export class Pane {
  #box;
  #movedAt = -Infinity;

  constructor(box) {
    this.#box = box;
    box.addEventListener('scroll', () => this.#markEnd(), { passive: true });
    box.addEventListener('pointermove', () => (this.#movedAt = performance.now()), { passive: true });
    // A window that gets smaller, or a composer that grows, hides the end again.
    new ResizeObserver(() => {
      if (this.isAtEnd) this.toEnd();
    }).observe(box);
    // Pictures come later than their messages.
    box.addEventListener(
      'load',
      (event) => {
        if (event.target.matches('img') && this.isAtEnd) this.toEnd();
      },
      true,
    );
  }

  get isAtEnd() {
    return this.#box.dataset.atEnd !== undefined;
  }

  toEnd() {
    this.#box.scrollTop = this.#box.scrollHeight;
    this.#box.dataset.atEnd = '';
  }

  /** Change what is shown; return whether the reader sees the end of it. */
  keep(change) {
    const hovered = this.#box.querySelector('.msg:hover');
    const isAiming = hovered && performance.now() - this.#movedAt < STILL_MS;
    if (this.isAtEnd && !isAiming) {
      change();
      this.toEnd();
      return true;
    }
    const anchor = hovered ?? this.#firstVisible();
    const top = anchor?.getBoundingClientRect().top;
    change();
    const there = anchor && (anchor.isConnected ? anchor : document.getElementById(anchor.id));
    if (there) this.#box.scrollTop += there.getBoundingClientRect().top - top;
    this.#markEnd();
    return this.isAtEnd;
  }

  #firstVisible() {
    const { top } = this.#box.getBoundingClientRect();
    return [...this.#box.querySelectorAll('.msg')].find((one) => one.getBoundingClientRect().bottom > top);
  }

  #markEnd() {
    const { scrollHeight, clientHeight, scrollTop } = this.#box;
    if (scrollHeight - clientHeight - scrollTop < NEAR_PX) this.#box.dataset.atEnd = '';
    else delete this.#box.dataset.atEnd;
  }
}
