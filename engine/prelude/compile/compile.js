// What the worker calls.

/**
 * Compile a script: JSON of {text, map, found}.
 *
 * `text` is null when the script is to run as it is, because it needs nothing or because it has an error that V8
 * explains better. `found` tells what of sloppy mode it uses: [{kind, name, line, column}].
 */
function compile(source) {
  const asItIs = { text: null, map: null, found: [] };
  if (source.includes(STATE)) return JSON.stringify(asItIs);
  let program;
  try {
    program = parseScript(source);
  } catch (error) {
    return JSON.stringify(asItIs);
  }
  if (isStrict(program.body)) return JSON.stringify(asItIs);
  const findings = new Findings(source);
  const walk = new ScopeWalk(program, (node, context, parents) => findings.look(node, context, parents));
  walk.run();
  findings.finish(walk.references);
  const edits = new Edits(source);
  const needsClasses =
    findings.found.length > 0 || findings.classes.some((node) => isSeenAsGlobal(node, program, findings));
  relaxDeclarations(program, walk, findings, edits);
  if (needsClasses) new ClassWriter(source, edits).write(program, null);
  const { text, map } = edits.isEmpty ? asItIs : edits.apply();
  return JSON.stringify({ text, map, found: summary(findings.found, source) });
}

/** A class of the top level was a property of the global object, where Babel had made a `var` of it. */
function isSeenAsGlobal(node, program, { anyGlobalName, globalNames }) {
  return program.body.includes(node) && (anyGlobalName || globalNames.has(node.id.name));
}

const MOST_FOUND = 50;

/** The first of each kind and name. */
function summary(found, source) {
  const firsts = new Map();
  for (const { kind, place, name } of found) {
    const key = `${kind} ${name}`;
    if (!firsts.has(key) && firsts.size < MOST_FOUND) firsts.set(key, { kind, name, ...positionOf(source, place) });
  }
  return [...firsts.values()];
}
