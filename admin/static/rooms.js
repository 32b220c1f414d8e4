// A room: days and times of the reader's zone, older messages on demand, new ones, edits and threads as they come.

import { installComposer } from './composer.js';
import { follow, getJson } from './live.js';
import { mendPictures } from './pictures.js';
import { Pane, add, arrange, change, known, messages, takeOut } from './talk.js';
import { Threads } from './thread.js';
import { localize } from './times.js';

const MAX_MESSAGES = 500;

function install(box) {
  const room = new Room(box);
  const target = box.dataset.at && document.getElementById(`m-${box.dataset.at}`);
  if (target) {
    target.classList.add('target');
    target.scrollIntoView({ block: 'center' });
  } else {
    room.pane.toEnd();
  }
  document.getElementById('older').addEventListener('click', (event) => {
    event.preventDefault();
    room.showOlder(event.currentTarget);
  });
  const button = document.getElementById('live');
  if (button && room.isLive) follow(button, (signal) => room.poll(signal));
}

class Room {
  constructor(box) {
    this.box = box;
    this.talk = document.getElementById('talk');
    this.pane = new Pane(box);
    this.isLive = box.dataset.live !== undefined;
    this.seen = null;
    this.unseen = 0;
    this.threads = new Threads(box.dataset.threads, this.pane, (answer) => this.show(answer));
    arrange(this.talk);
    const form = document.getElementById('composer');
    if (form?.matches('form')) {
      installComposer(form, this.talk, (answer) => {
        if (!this.isLive) location.href = form.action;
        this.show(answer);
        if (!answer.edited) this.pane.toEnd();
      });
    }
    this.fresh = document.getElementById('fresh');
    this.fresh.addEventListener('click', () => this.pane.toEnd());
    box.addEventListener('scroll', () => this.pane.isAtEnd && this.#count(-this.unseen), { passive: true });
  }

  /** Show what the server rendered: new messages, and old ones that look different. */
  show(answer) {
    let count = 0;
    const seesEnd = this.pane.keep(() => {
      count = add(this.talk, answer.html);
      const changed = change(this.talk, answer.changed ?? '');
      if (count || changed) arrange(this.talk);
      if (count) document.getElementById('empty')?.remove();
    });
    this.#count(seesEnd ? -this.unseen : count);
    if (seesEnd) this.#trim();
  }

  async poll(signal) {
    const there = known(this.talk);
    const address = new URL(this.box.dataset.messages, location.href);
    const [first, last] = [[...there.keys()].at(0), [...there.keys()].at(-1)];
    address.searchParams.set('after', last ?? '0');
    if (first) {
      address.searchParams.set('first', first);
      address.searchParams.set('shown', there.size);
    }
    if (this.seen) address.searchParams.set('seen', this.seen);
    const thread = this.threads.opened;
    if (thread) address.searchParams.set('thread', thread);
    const answer = await getJson(address, signal);
    const found = messages(answer.html);
    // So many at once that there is a gap: what lies between is not shown as if it were nothing.
    if (there.size && answer.older && !found.some((one) => there.has(one.dataset.id))) {
      await this.#startAgain(signal);
      if (thread) await this.threads.reload(signal);
    } else {
      this.show(answer);
      if (answer.there) await this.#takeOut(answer.there, first, last, signal);
      if (answer.thread && thread === this.threads.opened) this.threads.show(answer.thread);
    }
    this.seen = answer.seen;
  }

  /** Take out what was deleted; what answered it is no answer any more, and is shown anew. */
  async #takeOut(ids, first, last, signal) {
    let gone = [];
    this.pane.keep(() => {
      gone = takeOut(this.talk, ids, first, last);
      if (gone.length) arrange(this.talk);
    });
    if (!gone.length) return;
    const heads = new Set(gone.map((one) => one.dataset.id));
    const answers = [...this.talk.querySelectorAll('.msg')].some((one) => heads.has(one.dataset.head));
    if (answers) await this.#startAgain(signal);
    if (this.threads.opened) await this.threads.reload(signal);
  }

  async showOlder(link) {
    const address = new URL(this.box.dataset.messages, location.href);
    const first = this.talk.querySelector('.msg');
    address.searchParams.set('before', first.dataset.id);
    let answer;
    try {
      answer = await getJson(address);
    } catch {
      location.href = link.href;
      return;
    }
    const top = first.getBoundingClientRect().top;
    for (const message of messages(answer.html).reverse()) this.talk.prepend(message);
    arrange(this.talk);
    // What was being read stays where it is.
    this.box.scrollTop += first.getBoundingClientRect().top - top;
    link.parentElement.hidden = !answer.older;
  }

  async #startAgain(signal) {
    const answer = await getJson(new URL(this.box.dataset.messages, location.href), signal);
    this.talk.replaceChildren(...messages(answer.html));
    arrange(this.talk);
    document.getElementById('older').parentElement.hidden = !answer.older;
    this.pane.toEnd();
  }

  #trim() {
    const all = this.talk.querySelectorAll('.msg');
    if (all.length <= MAX_MESSAGES) return;
    for (let extra = 0; extra < all.length - MAX_MESSAGES; extra++) all[extra].remove();
    document.getElementById('older').parentElement.hidden = false;
    arrange(this.talk);
    this.pane.toEnd();
  }

  #count(more) {
    this.unseen += more;
    this.fresh.hidden = !this.unseen;
    this.fresh.textContent = `${this.unseen} new ${this.unseen === 1 ? 'message' : 'messages'} ↓`;
  }
}

localize(document);
mendPictures(document);
const box = document.getElementById('chat');
if (box) install(box);
