// Problems that a run found, shown where they are: a marker in the gutter, a line under the text.
import { setDiagnostics } from '@codemirror/lint';

const SEVERITIES = new Map([
  ['error', 'error'],
  ['warning', 'warning'],
  ['warn', 'warning'],
  ['info', 'info'],
  ['hint', 'hint'],
]);

/** Show these problems, `[{line, column, message, severity}]`, in place of those shown before. */
export function showProblems(view, problems) {
  const diagnostics = problems.map(({ line, column, message, severity }) => ({
    ...rangeAt(view.state.doc, line, column),
    message: String(message),
    severity: SEVERITIES.get(severity) ?? 'error',
  }));
  view.dispatch(setDiagnostics(view.state, diagnostics));
}

/**
 * Return where the word begins and ends that stands at a line and column, both counted from 1 as V8 counts them.
 *
 * Without a column that holds text it is the whole line, less its indentation. A place outside the text is moved to
 * its nearest line: the text may have changed since the script ran.
 */
export function rangeAt(doc, line, column) {
  const { from, to, text } = doc.line(Math.min(Math.max(Math.trunc(line) || 1, 1), doc.lines));
  const start = Math.trunc(column) - 1;
  if (!(start >= 0 && start < text.length)) return { from: from + text.search(/\S|$/), to };
  const [word] = /^(?:[\p{L}\p{N}_$]+|.)/u.exec(text.slice(start));
  return { from: from + start, to: from + start + word.length };
}
