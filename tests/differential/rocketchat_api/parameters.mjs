// Asks the parameter validators of @rocket.chat/rest-typings.
//
// On standard input: {"names": ["isChannelsListProps", …], "cases": [{"validator": …, "value": …}]}. On
// standard output: {"schemas": {"isChannelsListProps": …}, "verdicts": [[], ["must have …"]]}: the
// schema of each name, and what is wrong with the value of each case.
//
// Not all of them are exported by the package's index, so each is taken from the file that has it. Node
// cannot import these files as they are published; esbuild makes one file of them.
import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { buildSync } from 'esbuild';

const root = path.resolve(import.meta.dirname, '../../..');
const types = path.join(root, 'node_modules/@rocket.chat/rest-typings/dist/v1');

function load(names) {
  const files = readdirSync(types, { recursive: true })
    .filter((file) => file.endsWith('.js'))
    .map((file) => path.join(types, file))
    .map((file) => [file, readFileSync(file, 'utf8')]);
  const contents = names.map((name) => {
    const found = files.find(([, text]) => text.includes(`export const ${name} =`));
    if (!found) throw new Error(`rest-typings has no ${name}`);
    return `export { ${name} } from ${JSON.stringify(found[0])};`;
  });
  const built = buildSync({
    stdin: { contents: contents.join('\n'), resolveDir: root },
    bundle: true,
    platform: 'node',
    format: 'cjs',
    write: false,
    logLevel: 'error',
  });
  const module = { exports: {} };
  new Function('module', 'exports', 'require', built.outputFiles[0].text)(
    module,
    module.exports,
    createRequire(import.meta.url),
  );
  return module.exports;
}

const { names, cases } = JSON.parse(readFileSync(0, 'utf8'));
const validators = load(names);
const schemas = Object.fromEntries(names.map((name) => [name, validators[name].schema]));
const verdicts = cases.map(({ validator, value }) => {
  // They coerce what they are given.
  const validate = validators[validator];
  return validate(structuredClone(value)) ? [] : (validate.errors ?? []).map(({ message }) => message);
});
process.stdout.write(JSON.stringify({ schemas, verdicts }));
