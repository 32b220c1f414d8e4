// What every script finds, besides JavaScript itself.
import { words } from './words.js';

export const GLOBALS = [
  ...words('variable', [
    ['_', 'Underscore', 'Functions for lists and objects: _.groupBy, _.pluck, _.pick …'],
    ['s', 'Underscore.string', 'Functions for text: s.truncate, s.stripTags, s.numberFormat …'],
    ['Store', 'object', 'A small memory: what one run puts in, a later one can read.'],
    ['console', 'object', 'What is said here is shown with the execution.'],
  ]),
  ...words('function', [
    ['moment', '(time?)', 'Reads, calculates with and writes dates: moment(ts).fromNow().'],
    ['fetch', '(url, options?)', 'Calls an address. Needs await, so the method has to be async.'],
    ['HTTP', '(method, url, options?)', 'Calls an address and waits. Returns { result } or { error }.'],
    ['setTimeout', '(fn, ms)', 'Calls a function later, while the run lasts.'],
    ['atob', '(text)', 'Reads Base64.'],
    ['btoa', '(text)', 'Writes Base64.'],
  ]),
  ...words('class', [
    ['URL', '(text, base?)', 'Takes an address apart, or puts one together.'],
    ['URLSearchParams', '(query)', 'Reads and writes the query of an address.'],
  ]),
];

/** Name -> its members. */
export const GLOBAL_MEMBERS = {
  console: words('method', [
    ['log', '(...values)', 'Say something. Objects are shown in full.'],
    ['info', '(...values)', 'Say something worth knowing.'],
    ['warn', '(...values)', 'Say that something looks wrong.'],
    ['error', '(...values)', 'Say that something is wrong. The run goes on.'],
    ['debug', '(...values)', 'Say something only of use while looking for a mistake.'],
  ]),
  Store: words('method', [
    ['get', '(key)', 'What was kept under this key, or undefined.'],
    ['set', '(key, value)', 'Keep a value under a key. Returns the value.'],
  ]),
};
