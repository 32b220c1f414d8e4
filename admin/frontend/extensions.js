// What the editor is made of, and its keys.
import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { javascriptLanguage } from '@codemirror/lang-javascript';
import { bracketMatching, indentOnInput } from '@codemirror/language';
import { lintGutter, lintKeymap } from '@codemirror/lint';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState, Prec } from '@codemirror/state';
import {
  crosshairCursor,
  drawSelection,
  dropCursor,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  rectangularSelection,
} from '@codemirror/view';
import { sources } from './complete.js';
import { syntaxColours } from './theme-syntax.js';
import { popupTheme } from './theme-popups.js';
import { theme } from './theme.js';

/** Return the extensions of one editor. */
export function extensions({ onSave, onRun }) {
  return [
    lineNumbers(),
    highlightActiveLineGutter(),
    lintGutter(),
    highlightSpecialChars(),
    history(),
    drawSelection(),
    dropCursor(),
    EditorState.allowMultipleSelections.of(true),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    rectangularSelection(),
    crosshairCursor(),
    highlightActiveLine(),
    highlightSelectionMatches(),
    search({ top: true }),
    javascriptLanguage,
    sources.map((source) => javascriptLanguage.data.of({ autocomplete: source })),
    autocompletion({ icons: false }),
    theme,
    popupTheme,
    syntaxColours,
    Prec.highest(keymap.of([...command('Mod-s', onSave), ...command('Mod-Enter', onRun)])),
    keymap.of([
      ...closeBracketsKeymap,
      ...defaultKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...completionKeymap,
      ...lintKeymap,
      { key: 'Tab', run: acceptCompletion },
      indentWithTab, // Escape and then Tab moves on to the next field, which the view sees to.
    ]),
  ];
}

/** Bind a key to a callback that takes the text; to nothing when there is none. */
function command(key, callback) {
  if (!callback) return [];
  const run = (view) => {
    callback(view.state.doc.toString());
    return true;
  };
  return [{ key, run, preventDefault: true }];
}
