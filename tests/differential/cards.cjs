// Reads a list of Adaptive Cards from standard input; prints what adaptivecards says against them.
'use strict';

const path = require('node:path');
const fs = require('node:fs');
// The package's `main` is built for bundlers; this file runs by itself.
const cards = require(path.join(__dirname, '../../node_modules/adaptivecards/dist/adaptivecards.js'));

// Teams' own member, which its documentation describes and the package does not know.
function complaints({ msteams, ...given }) {
  const context = new cards.SerializationContext(cards.Versions.v1_4);
  const card = new cards.AdaptiveCard();
  card.parse(given, context);
  const found = [];
  for (let index = 0; index < context.eventCount; index++) found.push(context.getEventAt(index).message);
  for (const one of card.validateProperties().validationEvents) found.push(one.message);
  return found.concat(unknown(given, card.toJSON()));
}

// What a card had and its parsed form has not: the package keeps quiet about members it does not know.
function unknown(given, parsed, where = given.type) {
  if (Array.isArray(given)) {
    return given.flatMap((item, index) => unknown(item, parsed?.[index], where));
  }
  if (given === null || typeof given !== 'object') return parsed === undefined ? [`${where} is not known`] : [];
  if (parsed === undefined) return [`${where} is not known`];
  const kind = given.type ?? where;
  return Object.keys(given).flatMap((name) => unknown(given[name], parsed[name], `${kind}.${name}`));
}

const all = JSON.parse(fs.readFileSync(0, 'utf8')).flatMap(complaints);
process.stdout.write(JSON.stringify(all));
