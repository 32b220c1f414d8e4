// Validates bodies of Rocket.Chat's REST API with its own validators, given as a list on standard input.
//
// Their module is for bundlers, so it is bundled first. Prints [null | message of the validator, …].
'use strict';
const path = require('node:path');
const vm = require('node:vm');
const { createRequire } = require('node:module');
const esbuild = require('esbuild');

const root = path.join(__dirname, '..', '..');
const bundled = esbuild.buildSync({
  stdin: {
    contents: "export { isChatPostMessageProps } from '@rocket.chat/rest-typings/dist/v1/chat';",
    resolveDir: root,
  },
  bundle: true,
  platform: 'node',
  format: 'cjs',
  write: false,
  logLevel: 'error',
});
const module_ = { exports: {} };
const wrapped = vm.runInThisContext(`(function (module, exports, require) {${bundled.outputFiles[0].text}\n})`);
wrapped(module_, module_.exports, createRequire(path.join(root, 'package.json')));
const isValid = module_.exports.isChatPostMessageProps;

let given = '';
process.stdin.on('data', (piece) => (given += piece));
process.stdin.on('end', () => {
  const verdicts = JSON.parse(given).map((body) =>
    isValid(body) ? null : isValid.errors.map((error) => `${error.instancePath} ${error.message}`).join('; '),
  );
  process.stdout.write(JSON.stringify(verdicts));
});
