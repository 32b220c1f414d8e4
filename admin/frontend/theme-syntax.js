// The colours of JavaScript. Few of them: keywords, texts, figures; comments step back.
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { tags } from '@lezer/highlight';
import { QUIET } from './theme.js';

const KEYWORD = 'light-dark(#7a3fb5, #c7a0ff)';
const STRING = 'light-dark(#0f6a3f, #7fd6a8)';
const NUMBER = 'light-dark(#9a4b00, #f2b27a)';

const style = HighlightStyle.define([
  {
    tag: [tags.keyword, tags.bool, tags.null, tags.atom, tags.self, tags.operatorKeyword, tags.modifier],
    color: KEYWORD,
  },
  { tag: [tags.definitionKeyword, tags.controlKeyword, tags.moduleKeyword], color: KEYWORD },
  { tag: [tags.string, tags.special(tags.string), tags.regexp, tags.escape], color: STRING },
  { tag: tags.number, color: NUMBER },
  { tag: tags.comment, color: QUIET },
  { tag: tags.special(tags.brace), color: 'var(--ink)' },
  { tag: tags.function(tags.definition(tags.propertyName)), fontWeight: '600' },
  { tag: tags.definition(tags.className), fontWeight: '600' },
]);

export const syntaxColours = syntaxHighlighting(style);
