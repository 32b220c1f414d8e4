// What the compatibility check is told of a script: the facts, without a verdict (engine/compatibility).

/** Of sloppy mode only what its author can see; the rest is as it was in Rocket.Chat, without anybody noticing. */
const VISIBLE = new Set(['undeclared', 'with', 'octal', 'delete', 'early use', 'reserved word', 'duplicate parameter']);

/** Return {read, uses, found, script}; `read` tells whether it could be parsed, which V8 then explains better. */
function lookInto(source) {
  let program;
  try {
    program = parseScript(source);
  } catch {
    return { read: false, uses: [], found: moduleParts(source), script: null };
  }
  const script = new ScriptClass(program);
  const names = new Names(source);
  const usage = new Usage(source);
  const state = new State(script, usage.found);
  const findings = new Findings(source);
  const parts = [script, names, usage, state, findings];
  const walk = new ScopeWalk(program, (node, context, parents) => {
    for (const part of parts) part.look(node, context, parents);
  });
  walk.run();
  const programIsStrict = isStrict(program.body);
  const called = script.methods.map(({ node }) => node);
  const tree = new Tree(program);
  const uses = names.finish(tree, walk.references, called, programIsStrict, usage.found);
  usage.finish(script.methods, walk.scopes);
  state.finish(walk.bindings, tree);
  if (!programIsStrict) noteSloppy(findings, program, walk, usage.found, names.neverSet);
  return { read: true, uses, found: usage.found.list(), script: script.facts(usage.found) };
}

function noteSloppy(findings, program, walk, tally, neverSet) {
  findings.finish(walk.references);
  relaxDeclarations(program, walk, findings, new Edits(''));
  for (const { kind, place, name } of findings.found) {
    if (kind === 'undeclared' && neverSet.has(name)) continue; // it does not work
    if (VISIBLE.has(kind)) tally.add({ kind: `sloppy ${kind}`, name }, { start: place });
  }
}

/** What makes a text a module, if it is one: scripts have no `import` and `export`, and await only in functions. */
function moduleParts(source) {
  const tally = new Tally(source);
  let program;
  try {
    program = acorn.Parser.parse(source, { ecmaVersion: 'latest', sourceType: 'module', allowHashBang: true });
  } catch {
    return [];
  }
  const walk = (node) => {
    if (node.type === 'ImportDeclaration') tally.add({ kind: 'import', name: node.source.value }, node);
    if (/^Export/.test(node.type)) tally.add({ kind: 'export' }, node);
    if (node.type === 'AwaitExpression' || node.await === true) tally.add({ kind: 'top-level await' }, node);
    if (!isFunction(node)) childrenOf(node).forEach(walk);
  };
  walk(program);
  return tally.list();
}
