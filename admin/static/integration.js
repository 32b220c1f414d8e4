// The page of an integration: its editor, saving, and what was typed but not saved.
import { install as installCompatibility } from './compatibility.js';
import { Draft } from './draft.js';
import { mount, problemIn } from './editing.js';
import { install as installUrl } from './hook-url.js';
import { install as installCallers } from './callers.js';
import { install as installCalls } from './outgoing.js';
import { install as installSecurity } from './security.js';
import { install as installTrial } from './trial.js';
import { install as installCallTrial } from './call-trial.js';

const byId = (id) => document.getElementById(id);
const form = byId('integration');
const saveButton = byId('save');
const reveal = byId('reveal');
const draft = new Draft(form.dataset.key);
const savedScript = byId('saved-script').value;
const problem = byId('problem');

// What the editor marks: why the script was not saved or its run failed, and what the check notes.
const marked = { problems: problemIn(problem), notes: [] };
let run = null;
let leaving = false;

const editor = mount(byId('script'), {
  nonce: form.dataset.nonce,
  onSave: save,
  onRun: () => run?.(editor.getValue()),
  onChange: changed,
});

if (reveal) installUrl(reveal);
const outgoing = byId('calls') !== null;
if (outgoing) installCalls(form);
else installSecurity(byId('security'));
installCallers(byId('callers'));
if (form.dataset.run) {
  run = (outgoing ? installCallTrial : installTrial)({
    url: form.dataset.run,
    csrfToken: form.elements.csrf_token.value,
    onProblem: (error) => mark({ problems: error ? [{ ...error, message: `${error.name}: ${error.message}` }] : [] }),
  });
  const runButton = byId('run');
  runButton.hidden = false;
  runButton.addEventListener('click', () => run(editor.getValue()));
}

const look = installCompatibility(byId('compatibility'), {
  csrfToken: form.elements.csrf_token.value,
  settings: () => ({
    type: byId('compatibility').dataset.type,
    lifecycle: form.elements.lifecycle.value,
    mayChooseRoom: form.elements.override?.checked ?? null,
  }),
  onNotes: (notes) => mark({ notes }),
  goTo: editor.goTo,
});
look(editor.getValue(), 0);
for (const name of ['lifecycle', 'override']) {
  form.elements[name]?.addEventListener('change', () => look(editor.getValue(), 0));
}
mark({});
byId('to-problem')?.addEventListener('click', () => {
  editor.goTo(Number(problem.dataset.line), Number(problem.dataset.column));
});
offerDraft();
nameSaveButton();

form.addEventListener('submit', () => (leaving = true));
document.addEventListener('keydown', (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.defaultPrevented) return;
  if (event.key === 's') save();
  else if (event.key === 'Enter' && run) run(editor.getValue());
  else return;
  event.preventDefault();
});
window.addEventListener('beforeunload', (event) => {
  if (!leaving && isChanged()) event.preventDefault();
});

function save() {
  form.requestSubmit(saveButton);
}

function mark(changes) {
  Object.assign(marked, changes);
  const { problems, notes } = marked;
  const isNew = (note) => !problems.some(({ line, column }) => line === note.line && column === note.column);
  editor.setProblems([...problems, ...notes.filter(isNew)]);
}

function isChanged() {
  return editor.getValue() !== byId('script').defaultValue;
}

function changed(text) {
  if (text === savedScript) draft.remove();
  else draft.write(text);
  byId('draft').hidden = true;
  nameSaveButton();
  marked.problems = []; // They were the other text's.
  look(text);
}

/** Say what saving will do: a new version only when the script differs from the saved one. */
function nameSaveButton() {
  const sameScript = form.dataset.run && editor.getValue() === savedScript;
  saveButton.firstElementChild.textContent = sameScript ? 'Save' : `Save as v${saveButton.dataset.version}`;
}

function offerDraft() {
  const kept = form.dataset.run ? [draft, new Draft(outgoing ? 'new-outgoing' : 'new')] : [draft];
  // What is saved by now need not be kept any longer.
  for (const one of kept) if (one.read()?.text === savedScript) one.remove();
  const found = draft.read();
  if (!found || found.text === editor.getValue()) return;
  const offer = byId('draft');
  offer.querySelector('time').textContent = new Date(found.at).toLocaleString();
  offer.hidden = false;
  offer.addEventListener('click', (event) => {
    const choice = event.target.dataset.draft;
    if (!choice) return;
    if (choice === 'restore') editor.setValue(found.text);
    else draft.remove();
    offer.hidden = true;
    editor.focus();
  });
}
