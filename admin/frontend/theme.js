// How the text area of the editor looks. Every colour is one of the page's, so it is light or dark as the page is.
import { EditorView } from '@codemirror/view';

// --ink-3 is too faint for text of this size on --sunk.
export const QUIET = 'color-mix(in srgb, var(--ink-3) 30%, var(--ink-2))';

export const tint = (token, percent) => `color-mix(in srgb, var(${token}) ${percent}%, transparent)`;

// No pictures: a page's policy may not allow those that the lint package draws with.
const underline = (token) => ({
  backgroundImage: 'none',
  textDecoration: `underline wavy var(${token})`,
  textDecorationSkipInk: 'none',
  textUnderlineOffset: '3px',
});

const marker = (token, borderRadius) => ({ content: 'normal', backgroundColor: `var(${token})`, borderRadius });

export const theme = EditorView.theme({
  '&': {
    backgroundColor: 'var(--sunk)',
    color: 'var(--ink)',
    fontSize: '12.5px',
    maxHeight: 'var(--editor-max-height, none)',
  },
  '&.cm-focused': { outline: 'none' },
  // Over the gutters, which would cover an outline.
  '&.cm-focused::after': {
    content: '""',
    position: 'absolute',
    inset: '0',
    border: '2px solid var(--accent)',
    pointerEvents: 'none',
    zIndex: '300',
  },
  '.cm-scroller': {
    fontFamily: 'var(--mono)',
    lineHeight: '1.6',
    minHeight: 'var(--editor-min-height, 372px)',
    overflow: 'auto',
  },
  '.cm-content': { caretColor: 'var(--ink)', padding: '12px 0' },
  '.cm-line': { padding: '0 16px 0 8px' },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--ink)', borderLeftWidth: '1.5px' },
  '.cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground': {
    backgroundColor: tint('--accent', 26),
  },
  '.cm-activeLine': { backgroundColor: tint('--ink', 4) },
  '.cm-gutters': { backgroundColor: 'var(--sunk)', border: 'none', color: QUIET },
  '.cm-activeLineGutter': { backgroundColor: tint('--ink', 4), color: 'var(--ink)' },
  '.cm-lineNumbers .cm-gutterElement': { minWidth: '40px', padding: '0 4px 0 0' },
  '.cm-gutter-lint': { width: '16px' },
  '.cm-gutter-lint .cm-gutterElement': { padding: '6px 4px' },
  '.cm-lint-marker': { width: '8px', height: '8px' },
  '.cm-lint-marker-error': marker('--bad', '50%'),
  '.cm-lint-marker-warning': marker('--warn', '1px'),
  '.cm-lint-marker-info, .cm-lint-marker-hint': marker('--accent', '3px'),
  '.cm-lintRange-error': underline('--bad'),
  '.cm-lintRange-warning': underline('--warn'),
  '.cm-lintRange-info, .cm-lintRange-hint': underline('--accent'),
  '.cm-lintRange-active': { backgroundColor: tint('--warn', 25) },
  '.cm-lintPoint-error:after': { borderBottomColor: 'var(--bad)' },
  '.cm-lintPoint-warning:after': { borderBottomColor: 'var(--warn)' },
  '.cm-lintPoint-info:after, .cm-lintPoint-hint:after': { borderBottomColor: 'var(--accent)' },
  '&.cm-focused .cm-matchingBracket': { backgroundColor: tint('--accent', 22), outline: '1px solid var(--accent)' },
  '&.cm-focused .cm-nonmatchingBracket': { backgroundColor: tint('--bad', 22), outline: '1px solid var(--bad)' },
  '.cm-selectionMatch': { backgroundColor: tint('--accent', 14) },
  '.cm-searchMatch': { backgroundColor: tint('--warn', 25) },
  '.cm-searchMatch-selected': { backgroundColor: tint('--warn', 50) },
  '.cm-snippetField': { backgroundColor: tint('--accent', 14) },
  '.cm-specialChar': { color: 'var(--bad)' },
});
