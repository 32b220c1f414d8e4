// JavaScript's own words, less what a script has no use for: it is one class, and imports nothing.
import { snippets } from '@codemirror/lang-javascript';
import { words } from './words.js';

const KEYWORDS =
  'async await break case catch const continue default delete do else extends false finally for function if in ' +
  'instanceof let new null of return static super switch this throw true try typeof undefined var while yield';

export const JAVASCRIPT = [
  ...snippets.filter(({ label }) => label !== 'class' && label !== 'import'),
  ...words(
    'keyword',
    KEYWORDS.split(' ').map((keyword) => [keyword]),
  ),
];
