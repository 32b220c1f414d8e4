// One script in one isolate, as Rocket.Chat's engine runs it: arguments and results are copied, promises awaited.
'use strict';
const fs = require('node:fs');
const ivm = require('isolated-vm');

const MEMORY_LIMIT_MB = 64;
const TIMEOUT_MS = 3000;

const LIBRARIES = {
  _: 'underscore/underscore-umd-min.js',
  s: 'underscore.string/dist/underscore.string.min.js',
  moment: 'moment/min/moment.min.js',
};

// Lines are kept inside and come back with the result: a call out of the isolate for each would cost more.
const CONSOLE = `
var global = globalThis;
var console, takeLines;
{
  let lines = [];
  let began = 0;
  const show = (value) => (typeof value === 'string' ? value : JSON.stringify(value));
  const writer = (level) => (...values) => {
    lines.push({ level, text: values.map(show).join(' '), at: Date.now() - began });
  };
  console = Object.fromEntries(['log', 'info', 'warn', 'error', 'debug'].map((level) => [level, writer(level)]));
  takeLines = () => lines;
  takeLines.begin = () => {
    lines = [];
    began = Date.now();
  };
}`;

const CALLER = `
(() => {
  const script = new Script();
  return async (argument) => {
    takeLines.begin();
    return { result: await script.process_incoming_request(argument), console: takeLines() };
  };
})()`;

/** A script with all that its sandbox holds as one text, and what V8 made of it when it compiled it first. */
class Program {
  constructor(source) {
    // A library costs a fresh isolate milliseconds, so it is there for the scripts that mention it.
    const libraries = Object.keys(LIBRARIES).filter((name) => new RegExp(`(?<![\\w$.])${name}(?![\\w$])`).test(source));
    const texts = libraries.map((name) => fs.readFileSync(require.resolve(LIBRARIES[name]), 'utf8'));
    this.text = [...texts, CONSOLE, source, CALLER].join('\n;');
    const isolate = new ivm.Isolate();
    this.cachedData = isolate.compileScriptSync(this.text, { produceCachedData: true }).cachedData;
    isolate.dispose();
  }
}

/** An isolate with an instance of the script in it. */
class Sandbox {
  constructor(isolate, method) {
    this._isolate = isolate;
    this._method = method;
  }

  static async create({ text, cachedData }) {
    const isolate = new ivm.Isolate({ memoryLimit: MEMORY_LIMIT_MB });
    const [context, script] = await Promise.all([isolate.createContext(), isolate.compileScript(text, { cachedData })]);
    return new Sandbox(isolate, await script.run(context, { timeout: TIMEOUT_MS, reference: true }));
  }

  /** Resolve to {result, console} of one call. */
  run(argument) {
    // Not applySync: this way the isolate runs beside the event loop, on a core of its own.
    return this._method.apply(undefined, [argument], {
      arguments: { copy: true },
      result: { copy: true, promise: true },
      timeout: TIMEOUT_MS,
    });
  }

  dispose() {
    this._isolate.dispose();
  }
}

module.exports = { Program, Sandbox };
