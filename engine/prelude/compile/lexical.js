// `let` and `const` that only work as the `var` that Babel made of them.
//
// Two things come of that: `let x = x || 1` reads undefined where it would otherwise throw, and what the top level
// declares is a property of the global object. Nothing is changed in a script that does neither.

function relaxDeclarations(program, walk, findings, edits) {
  const byDeclaration = new Map();
  for (const binding of walk.bindings) {
    if (!binding.declaration) continue;
    const together = byDeclaration.get(binding.declaration);
    if (together) together.push(binding);
    else byDeclaration.set(binding.declaration, [binding]);
  }
  const mentions = Map.groupBy([...walk.references, ...walk.bindings], ({ name }) => name);
  for (const [declaration, bindings] of byDeclaration) {
    const needed = bindings.some((binding) => isReadTooEarly(binding) || isSeenInGlobal(binding, program, findings));
    if (!needed) continue;
    if (!bindings.every((binding) => canBeVar(binding, mentions.get(binding.name)))) {
      for (const binding of bindings) replaceEarlyReads(binding, findings, edits);
      continue;
    }
    findings.note('early use', declaration, bindings[0].name);
    edits.replace(
      declaration.start,
      declaration.start + declaration.kind.length,
      'var'.padEnd(declaration.kind.length),
    );
  }
}

/** Whether its own function mentions it before the end of its declaration, or in another `case`. */
function isReadTooEarly({ references, scope, readyAt, inCase }) {
  return references.some(
    ({ node, owner }) => owner === scope.owner && (node.start < readyAt || (inCase && node.start >= inCase.end)),
  );
}

/** Where another of its name is near, what reads it too early reads undefined at least. */
function replaceEarlyReads({ name, references, scope, readyAt, inLoop }, findings, edits) {
  if (inLoop) return;
  for (const { node, owner, write, parent } of references) {
    if (owner !== scope.owner || node.start >= readyAt || write || parent.shorthand) continue;
    findings.note('early use', node, name);
    edits.replace(node.start, node.end, '(void 0)');
  }
}

function isSeenInGlobal({ name, scope, declaration }, program, { anyGlobalName, globalNames }) {
  return program.body.includes(declaration) && !scope.parent && (anyGlobalName || globalNames.has(name));
}

/** Whether nothing changes when it belongs to the whole function: one of its name, made once, never a constant. */
function canBeVar({ kind, inLoop, reassigned, scope, ...binding }, mentions) {
  if (inLoop || (kind === 'const' && reassigned)) return false;
  const { start, end } = scope.owner;
  const isInside = (place) => place >= start && place < end;
  return mentions.every((other) => {
    if (other.node) return !isInside(other.node.start) || other.binding?.place === binding.place;
    return other.place === binding.place || (other.scope !== scope && !isInside(other.place));
  });
}
