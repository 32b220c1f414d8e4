// Whether a script looks if a name is there before it uses it: `if (typeof fetch === 'function') fetch(…)`.

class Guards {
  constructor() {
    this.flags = new Map(); // variable -> names whose being there it tells
    this.exits = new WeakMap(); // block -> the statements by which it is left where a name is not there
  }

  /** Remember `const hasFetch = typeof fetch === 'function'`. */
  look(node) {
    if (node.type !== 'VariableDeclarator' || node.id.type !== 'Identifier' || !node.init) return;
    const names = testedNames(node.init);
    if (names.size) this.flags.set(node.id.name, names);
  }

  /** 'guarded', 'caught' (by the script's own try) or 'bare': how a node that mentions a name is reached. */
  stateOf(name, node, parents) {
    let caught = false;
    for (let i = parents.length - 1; i >= 0; i -= 1) {
      const child = parents[i + 1] ?? node;
      if (this.protects(parents[i], child, name, node.start)) return 'guarded';
      if (parents[i].type === 'TryStatement' && parents[i].handler && parents[i].block === child) caught = true;
    }
    return caught ? 'caught' : 'bare';
  }

  protects(parent, child, name, place) {
    switch (parent.type) {
      case 'UnaryExpression':
        return parent.operator === 'typeof';
      case 'IfStatement':
      case 'ConditionalExpression':
      case 'WhileStatement':
      case 'ForStatement':
        return parent.test !== child && this.tests(parent.test, name);
      case 'LogicalExpression':
        return parent.right === child && this.tests(parent.left, name);
      case 'Program':
      case 'BlockStatement':
        return this.exitsOf(parent).some(({ end, names }) => end <= place && names.has(name));
      case 'WithStatement':
        return parent.body === child; // it may be one of the object's
      default:
        return false;
    }
  }

  /** Statements like `if (typeof name === 'undefined') return;`: [{end, names}] */
  exitsOf(block) {
    let exits = this.exits.get(block);
    if (exits) return exits;
    exits = block.body.filter(leaves).map(({ end, test }) => ({ end, names: testedNames(test, this.flags) }));
    this.exits.set(block, exits);
    return exits;
  }

  tests(test, name) {
    return test !== null && testedNames(test, this.flags).has(name);
  }
}

function leaves({ type, consequent }) {
  if (type !== 'IfStatement') return false;
  const last = consequent.type === 'BlockStatement' ? consequent.body.at(-1) : consequent;
  return last?.type === 'ReturnStatement' || last?.type === 'ThrowStatement';
}

/** The names that an expression asks after: `typeof name`, `global.name`, `'name' in global`. */
function testedNames(test, flags, names = new Set()) {
  if (test.type === 'UnaryExpression' && test.operator === 'typeof' && test.argument.type === 'Identifier') {
    names.add(test.argument.name);
  } else if (test.type === 'MemberExpression' && isGlobalObject(test.object)) {
    names.add(keyName(test));
  } else if (test.type === 'BinaryExpression' && test.operator === 'in' && isGlobalObject(test.right)) {
    names.add(test.left.value);
  } else if (test.type === 'Identifier') {
    for (const name of flags?.get(test.name) ?? []) names.add(name);
  }
  if (isFunction(test)) return names;
  for (const child of childrenOf(test)) testedNames(child, flags, names);
  return names;
}

function isGlobalObject({ type, name }) {
  return type === 'Identifier' && (name === 'global' || name === 'globalThis');
}
