// Asks @rocket.chat/rest-typings and core-typings whether values are what Rocket.Chat sends and takes.
//
// On standard input: [{"schema": "IRoom", "value": …}, {"validator": "isChatPostMessageProps", "value": …},
// {"endpoint": "GET /v1/channels.list", "value": …}]. On standard output: for each of them, what is wrong
// with it, [] when nothing is:
// - `schema`: an entity of core-typings, by the JSON schema that is made of its type, or a schema that
//   rest-typings exports;
// - `validator`: a function that rest-typings exports, of parameters or of an error's answer;
// - `endpoint`: the answer of a call, checked by the TypeScript compiler against the call's type; it may
//   have members that the type does not know.
//
// For {"members": "IRoom"} the answer is the names of all members that the schema knows.
//
// Neither package can be imported by Node as it is published, so esbuild makes one file of both.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { buildSync } from 'esbuild';
import ts from 'typescript';

const root = path.resolve(import.meta.dirname, '../../..');

function load() {
  const contents = [
    "export * as rest from '@rocket.chat/rest-typings';",
    "export { schemas } from '@rocket.chat/core-typings';",
    "export { default as Ajv } from 'ajv/dist/2020';",
    "export { default as addFormats } from 'ajv-formats';",
  ].join('\n');
  const built = buildSync({
    stdin: { contents, resolveDir: root },
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

const { rest, schemas, Ajv, addFormats } = load();

/** As Rocket.Chat's own instance, but nothing is coerced: `"1"` is no number in an answer. */
const ajv = new Ajv({ allErrors: true, allowUnionTypes: true, discriminator: true, strict: false });
addFormats(ajv);
const compiled = new Map();

/**
 * A union of TypeScript's is written as `oneOf`, which refuses what is of two of its types: of any attachment with
 * buttons it would say so. It is any of them that a value has to be.
 */
function inclusive(schema) {
  if (Array.isArray(schema)) return schema.map(inclusive);
  if (schema === null || typeof schema !== 'object') return schema;
  const { oneOf, ...others } = schema;
  const rest = Object.fromEntries(Object.entries(others).map(([name, value]) => [name, inclusive(value)]));
  return oneOf && !schema.discriminator ? { ...rest, anyOf: inclusive(oneOf) } : { ...rest, ...(oneOf && { oneOf }) };
}
const components = inclusive(schemas.components);

function told(errors) {
  return (errors ?? []).map(({ instancePath, message, params }) => {
    const what = params.additionalProperty ?? params.unevaluatedProperty ?? params.allowedValues?.join(', ');
    return `${instancePath} ${message}${what === undefined ? '' : ` (${what})`}`.trim();
  });
}

function bySchema(name, value) {
  if (!compiled.has(name)) {
    const known = name in schemas.components.schemas;
    const schema = known ? { $ref: `#/components/schemas/${name}` } : rest[name];
    if (typeof schema !== 'object') throw new Error(`there is no schema ${name}`);
    compiled.set(name, ajv.compile({ ...schema, components }));
  }
  const validate = compiled.get(name);
  return validate(value) ? [] : told(validate.errors);
}

function byValidator(name, value) {
  const validate = rest[name];
  if (typeof validate !== 'function') throw new Error(`rest-typings exports no ${name}`);
  return validate(structuredClone(value)) ? [] : told(validate.errors);
}

/** Checks all of them in one program, because reading the types is what takes the time. */
function byCompiler(cases) {
  const file = path.join(root, '__rocketchat_answers__.ts');
  const head = [
    "import type { Serialized } from '@rocket.chat/core-typings';",
    "import type { OperationResult } from '@rocket.chat/rest-typings';",
    // A generic value keeps its literal types, and may have more members than the type knows.
    // A call that answers nothing is typed `void`.
    'type Answer<R> = [R] extends [void] ? object : Serialized<R>;',
    'const answer = <T>() => <V extends T>(value: V): V => value;',
  ];
  const lines = cases.map(({ endpoint, value }) => {
    const [method, called] = endpoint.split(' ');
    return `answer<Answer<OperationResult<'${method}', '${called}'>>>()(${JSON.stringify(value)});`;
  });
  const source = [...head, ...lines, ''].join('\n');
  const options = {
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    types: ['node'],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === file || fileExists(name);
  host.getSourceFile = (name, ...more) =>
    name === file ? ts.createSourceFile(name, source, ts.ScriptTarget.ES2022, true) : getSourceFile(name, ...more);
  const program = ts.createProgram([file], options, host);
  const found = cases.map(() => []);
  for (const diagnostic of ts.getPreEmitDiagnostics(program)) {
    const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n');
    if (diagnostic.file?.fileName !== file) throw new Error(`${diagnostic.file?.fileName}: ${text}`);
    const line = diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start).line - head.length;
    if (line < 0) throw new Error(text);
    found[line].push(text);
  }
  return found;
}

function members({ $ref, allOf = [], properties = {} }) {
  const of = $ref ? members(schemas.components.schemas[$ref.split('/').at(-1)]) : [];
  return [...of, ...Object.keys(properties), ...allOf.flatMap(members)];
}

const cases = JSON.parse(readFileSync(0, 'utf8'));
const typed = cases.filter(({ endpoint }) => endpoint);
const ofTypes = new Map();
if (typed.length) byCompiler(typed).forEach((errors, at) => ofTypes.set(typed[at], errors));
const answers = cases.map((one) => {
  if (one.members) return members(schemas.components.schemas[one.members] ?? rest[one.members]);
  if (one.schema) return bySchema(one.schema, one.value);
  return one.validator ? byValidator(one.validator, one.value) : ofTypes.get(one);
});
process.stdout.write(JSON.stringify(answers));
