// The thread beside a room: opened and closed without leaving the page, and followed while it is open.

import { installComposer } from './composer.js';
import { elements, getJson } from './live.js';
import { Pane, add, arrange, change } from './talk.js';
import { localize } from './times.js';

export class Threads {
  #address;
  #room = document.getElementById('room');
  #roomPane;
  #tell;
  #pane = null;

  /** `tell` gets what the server answers to what is said in a thread. */
  constructor(address, roomPane, tell) {
    this.#address = address;
    this.#roomPane = roomPane;
    this.#tell = tell;
    this.#room.addEventListener('click', (event) => {
      const link = event.target.closest('a.to-thread');
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
      event.preventDefault();
      this.open(link.dataset.head).catch(() => (location.href = link.href));
    });
    if (this.#box) this.#install();
  }

  /** The id of the message that the open thread begins with. */
  get opened() {
    return this.#box?.dataset.thread ?? null;
  }

  get #box() {
    return document.getElementById('thread');
  }

  async open(head) {
    await this.#load(head);
    history.replaceState(null, '', `?thread=${head}`);
    if (matchMedia('(pointer: coarse)').matches) this.#box.focus();
    else (this.#box.querySelector('textarea') ?? this.#box).focus();
  }

  /** Fetch it again, but for what is being typed. */
  async reload(signal) {
    if (this.#box.querySelector('textarea')?.value) return;
    await this.#load(this.opened, signal);
  }

  /** Show what the server rendered: answers, and what looks different. */
  show({ html, changed, answers }) {
    const talk = document.getElementById('thread-talk');
    if (!talk) return;
    this.#pane.keep(() => {
      const count = add(talk, html);
      const head = document.getElementById('thread-head');
      if (change(head, changed)) localize(head);
      if (change(talk, changed) || count) arrange(talk, head.querySelector('.msg'));
    });
    if (answers) {
      const words = `${answers.toLocaleString('en')} ${answers === 1 ? 'reply' : 'replies'}`;
      document.getElementById('thread-count').textContent = words;
    }
  }

  async #load(head, signal) {
    const answer = await getJson(new URL(this.#address + head, location.href), signal);
    const [box] = elements(answer.html);
    this.#roomPane.keep(() => {
      if (this.#box) this.#box.replaceWith(box);
      else this.#room.append(box);
      this.#room.classList.add('with-thread');
    });
    this.#install();
  }

  #install() {
    const box = this.#box;
    box.querySelector('#close-thread').addEventListener('click', (event) => {
      event.preventDefault();
      this.#close();
    });
    box.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.#close();
    });
    const talk = document.getElementById('thread-talk');
    if (!talk) return;
    localize(box);
    arrange(talk, box.querySelector('#thread-head .msg'));
    this.#pane = new Pane(document.getElementById('thread-said'));
    this.#pane.toEnd();
    const form = document.getElementById('thread-composer');
    if (!form) return;
    installComposer(form, box, (answer) => {
      this.show({ html: answer.edited ? '' : answer.whole, changed: answer.whole, answers: answer.answers });
      if (!answer.edited) this.#pane.toEnd();
      this.#tell(answer);
    });
  }

  #close() {
    const head = this.opened;
    this.#roomPane.keep(() => {
      this.#box.remove();
      this.#room.classList.remove('with-thread');
    });
    history.replaceState(null, '', location.pathname);
    document.querySelector(`#m-${head} a.to-thread`)?.focus({ preventScroll: true });
  }
}
