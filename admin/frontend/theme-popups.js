// How what appears over and around the text looks: completions, messages, the search panel.
import { EditorView } from '@codemirror/view';
import { QUIET, tint } from './theme.js';

const control = {
  backgroundImage: 'none',
  backgroundColor: 'var(--panel)',
  border: '1px solid var(--line)',
  borderRadius: '6px',
  color: 'var(--ink)',
  font: 'inherit',
  padding: '4px 8px',
};

const selected = { background: tint('--accent', 16), color: 'var(--ink)' };

export const popupTheme = EditorView.theme({
  '.cm-tooltip': {
    backgroundColor: 'var(--panel)',
    border: '1px solid var(--line)',
    borderRadius: '8px',
    color: 'var(--ink)',
    overflow: 'hidden',
  },
  '.cm-tooltip.cm-tooltip-autocomplete': { overflow: 'visible' },
  '.cm-tooltip-section:not(:first-child)': { borderTop: '1px solid var(--line)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { fontFamily: 'var(--mono)', maxHeight: '16em', padding: '4px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { borderRadius: '4px', lineHeight: '1.4', padding: '2px 8px' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': selected,
  '.cm-tooltip-autocomplete-disabled ul li[aria-selected]': { background: 'none', color: QUIET },
  '.cm-completionMatchedText': { color: 'var(--accent)', fontWeight: '600', textDecoration: 'none' },
  '.cm-completionDetail': { color: QUIET, fontStyle: 'normal', marginLeft: '12px' },
  '.cm-tooltip.cm-completionInfo': { lineHeight: '1.5', maxWidth: '320px', padding: '8px 12px' },
  '.cm-diagnostic': {
    boxSizing: 'border-box',
    font: '12.5px/1.5 var(--mono)',
    marginLeft: '0',
    maxWidth: 'min(560px, 90vw)',
    padding: '6px 12px',
  },
  '.cm-diagnostic-error': { borderLeft: '3px solid var(--bad)' },
  '.cm-diagnostic-warning': { borderLeft: '3px solid var(--warn)' },
  '.cm-diagnostic-info, .cm-diagnostic-hint': { borderLeft: '3px solid var(--accent)' },
  '.cm-panels': { backgroundColor: 'var(--panel)', color: 'var(--ink)' },
  '.cm-panels.cm-panels-top': { borderBottom: '1px solid var(--line)' },
  '.cm-panels.cm-panels-bottom': { borderTop: '1px solid var(--line)' },
  '.cm-panel.cm-search, .cm-panel.cm-gotoLine': { fontSize: '13px', padding: '8px 32px 8px 12px' },
  '.cm-panel.cm-search label': { color: 'var(--ink-2)', fontSize: 'inherit' },
  '.cm-panel.cm-search input[type=checkbox]': { verticalAlign: '-2px' },
  '.cm-panel.cm-search [name=close]': { color: 'var(--ink-2)', cursor: 'pointer', padding: '4px 8px' },
  '.cm-panel.cm-panel-lint ul [aria-selected]': selected,
  '.cm-panel.cm-panel-lint ul:focus [aria-selected]': selected,
  '.cm-button': { ...control, cursor: 'pointer' },
  '.cm-button:active': { backgroundImage: 'none', backgroundColor: 'var(--sunk)' },
  '.cm-textfield': control,
  '.cm-button:focus-visible, .cm-textfield:focus-visible, .cm-panel.cm-search [name=close]:focus-visible': {
    outline: '2px solid var(--accent)',
  },
});
