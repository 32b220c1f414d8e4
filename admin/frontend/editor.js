// The script editor: window.HooksmithEditor.mount(textarea, options) puts it in a textarea's place.
import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { extensions } from './extensions.js';
import { rangeAt, showProblems } from './problems.js';
import { stepAside } from './textarea.js';

/**
 * Put an editor in the place of `textarea`, which stays in the page, keeps the text and is submitted with its form.
 *
 * Options, all of them optional: `onSave(text)` for Ctrl/Cmd-S, `onRun(text)` for Ctrl/Cmd-Enter, `onChange(text)`
 * after every change; `nonce` of the page's Content-Security-Policy, for the styles. Lines and columns count from 1.
 */
export function mount(textarea, options = {}) {
  const replaced = stepAside(textarea);
  const view = new EditorView({
    state: EditorState.create({
      doc: textarea.value,
      extensions: [
        extensions(options),
        options.nonce ? EditorView.cspNonce.of(options.nonce) : [],
        EditorState.readOnly.of(textarea.readOnly || textarea.disabled),
        EditorView.contentAttributes.of(replaced.attributes),
        EditorView.updateListener.of((update) => {
          if (!update.docChanged) return;
          textarea.value = getValue();
          options.onChange?.(textarea.value);
        }),
      ],
    }),
  });
  textarea.after(view.dom);
  view.dom.classList.add('hooksmith-editor');
  replaced.follow(view, setValue);

  function getValue() {
    return view.state.doc.toString();
  }

  function setValue(text) {
    const next = view.state.toText(text);
    if (next.eq(view.state.doc)) return;
    view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } });
    showProblems(view, []); // They were the other text's.
  }

  function goTo(line, column) {
    const { from, to } = rangeAt(view.state.doc, line, column);
    view.dispatch({
      selection: { anchor: from, head: to },
      effects: EditorView.scrollIntoView(from, { y: 'center' }),
    });
    view.focus();
  }

  return {
    getValue,
    setValue,
    setProblems: (problems) => showProblems(view, problems),
    focus: () => view.focus(),
    goTo,
  };
}
