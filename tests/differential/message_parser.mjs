// Texts as Rocket.Chat's parser reads them: a list of blocks, each [kind, runs]; a run is [text, styles].

import { parse } from '@rocket.chat/message-parser';
import { readFileSync } from 'node:fs';

const OPTIONS = {
  colors: true,
  emoticons: true,
  katex: { dollarSyntax: true, parenthesisSyntax: true },
};

const MARKS = { BOLD: 'bold', ITALIC: 'italic', STRIKE: 'strike', SPOILER: 'spoiler' };

function runs(node, styles) {
  if (Array.isArray(node)) return node.flatMap((one) => runs(one, styles));
  const { type, value } = node;
  if (type in MARKS) return runs(value, [...styles, MARKS[type]]);
  switch (type) {
    case 'PLAIN_TEXT':
      return [[value, styles]];
    case 'INLINE_CODE':
      return [[value.value, [...styles, 'code']]];
    case 'LINK':
      return runs(value.label, [...styles, `link:${value.src.value}`]);
    case 'IMAGE':
      return runs(value.label, [...styles, `image:${value.src.value}`]);
    case 'MENTION_USER':
      return [[`@${value.value}`, [...styles, 'mention']]];
    case 'MENTION_CHANNEL':
      return [[`#${value.value}`, [...styles, 'mention']]];
    case 'EMOJI':
      return emoji(node, styles);
    case 'COLOR':
      return [[`color:#${hex(value)}`, [...styles, 'color']]];
    case 'INLINE_KATEX':
      return [[value, [...styles, 'katex']]];
    case 'TIMESTAMP':
      return [[value.timestamp, [...styles, `time:${value.format}`]]];
    default:
      throw new Error(`what is ${type}?`);
  }
}

function emoji(node, styles) {
  if (!node.value) return [[node.unicode, styles]];
  if (node.value.value === node.shortCode) return [[`:${node.shortCode}:`, [...styles, `emoji:${node.shortCode}`]]];
  return [[node.value.value, [...styles, `emoji:${node.shortCode}|drawn`]]];
}

function hex({ r, g, b, a }) {
  return [r, g, b, a].map((one) => one.toString(16).padStart(2, '0')).join('');
}

function lines(kind, paragraphs) {
  return paragraphs.map((one) => [kind, runs(one.value, [])]);
}

function blocks({ type, value, level, language }) {
  switch (type) {
    case 'PARAGRAPH':
      return [['line', runs(value, [])]];
    case 'BIG_EMOJI':
      return [['line', value.flatMap((one) => [...runs(one, []), [' ', []]])]];
    case 'HEADING':
      return [[`heading ${level}`, runs(value, [])]];
    case 'QUOTE':
      return lines('quote', value);
    case 'SPOILER_BLOCK':
      return lines('spoiler', value);
    case 'CODE':
      return [[`code ${language}`, [[value.map((line) => line.value.value).join('\n'), []]]]];
    case 'KATEX':
      return [['katex', [[value, []]]]];
    case 'HORIZONTAL_RULE':
      return [['rule', []]];
    case 'UNORDERED_LIST':
      return lines('item', value);
    case 'ORDERED_LIST':
      return value.map((one) => [`item ${one.number ?? 0}`, runs(one.value, [])]);
    case 'TASKS':
      return value.map((one) => [one.status ? 'task done' : 'task', runs(one.value, [])]);
    case 'TABLE':
      return [['head', value.header], ...value.rows.map((row) => ['row', row.value])].flatMap(
        ([kind, row]) => row.map((cell) => [`${kind} ${cell.align ?? ''}`.trim(), runs(cell.value, [])]),
      );
    case 'LINE_BREAK':
      return [];
    default:
      throw new Error(`what is ${type}?`);
  }
}

const texts = JSON.parse(readFileSync(0, 'utf8'));
console.log(JSON.stringify(texts.map((text) => parse(text, OPTIONS).flatMap(blocks))));
