// An old version, to be read.
import { mount, problemIn } from './editing.js';

const source = document.getElementById('source');
if (source) {
  mount(source, { nonce: source.dataset.nonce }).setProblems(problemIn(document.getElementById('problem')));
}
