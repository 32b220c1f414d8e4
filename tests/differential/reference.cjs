// The reference answers: every script run in Node, as it is and through Babel as Rocket.Chat did.
//
// node tests/differential/reference.cjs > tests/differential/answers.json   (after `npm ci`)
//
// Rocket.Chat's first Babel (Meteor's) left `"use strict"` out, and its scripts relied on that: hence `modules: false`.
// It refused what class bodies may not hold (octal escapes, `with`); here its parser is told to go on, for the answer
// that the rest of Babel gives.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');
const babel = require('@babel/core');

const presetEnv = [require.resolve('@babel/preset-env'), { modules: false }];

// What they throw is of this realm, so that `instanceof` is not for the scripts that use them.
const web = { URL, URLSearchParams, TextEncoder, TextDecoder, atob, btoa };

function transpile(source) {
  return babel.transformSync(source, {
    babelrc: false,
    configFile: false,
    presets: [presetEnv],
    parserOpts: { strictMode: false, errorRecovery: true },
  }).code;
}

/** {result} or {error}: what the script's `run` gives for its input, as JSON has it. */
async function answer(text, input) {
  try {
    const source = text();
    const context = vm.createContext({ setTimeout, ...web });
    vm.runInContext('var global = this', context);
    const Script = vm.runInContext(`${source}\n;Script`, context);
    const result = await new Script().run(vm.runInContext(`(${JSON.stringify(input)})`, context));
    return { result: JSON.parse(JSON.stringify(result ?? null)) };
  } catch (error) {
    return { error: error.name };
  }
}

async function main() {
  const folder = path.join(__dirname, 'cases');
  const answers = {};
  for (const file of fs.readdirSync(folder).sort()) {
    const source = fs.readFileSync(path.join(folder, file), 'utf8');
    const input = JSON.parse(/^\/\/ input: (.*)$/m.exec(source)?.[1] ?? 'null');
    const native = await answer(() => source, input);
    const transpiled = await answer(() => transpile(source), input);
    answers[path.basename(file, '.js')] = { babel: transpiled, native };
  }
  process.stdout.write(`${JSON.stringify(answers, null, 1)}\n`);
}

main();
