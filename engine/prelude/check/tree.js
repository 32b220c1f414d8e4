// The nodes around a node, what each sets, and which of the script's own functions is called where.
//
// What can be set has a key: `name` of a variable, declared or not, and `this.name`.

class Tree {
  constructor(program) {
    this.parents = new Map();
    this.functions = new Map(); // name -> {sets: keys, calls: names, nodes}
    this.enter(program);
    for (const [name, nodes] of this.named(program)) this.functions.set(name, this.summary(nodes));
  }

  enter(node) {
    for (const child of childrenOf(node)) {
      this.parents.set(child, node);
      this.enter(child);
    }
  }

  /** The nodes around one, the outermost first. */
  around(node) {
    const found = [];
    for (let one = this.parents.get(node); one; one = this.parents.get(one)) found.push(one);
    return found.reverse();
  }

  /** The functions of the script by the names under which they can be called; of a class that is its constructor. */
  named(program) {
    const found = new Map();
    const add = (name, node) => {
      if (name === undefined) return;
      if (!found.has(name)) found.set(name, []);
      found.get(name).push(node);
    };
    const walk = (node) => {
      if (isFunction(node) && node.id) add(node.id.name, node);
      if (isClass(node)) for (const name of this.namesOf(node)) for (const one of constructorsOf(node)) add(name, one);
      if ((node.type === 'MethodDefinition' || node.type === 'Property') && isFunction(node.value))
        add(keyName(node), node.value);
      if (isFunction(node)) for (const name of this.namesOf(node)) add(name, node);
      childrenOf(node).forEach(walk);
    };
    walk(program);
    return found;
  }

  /** What a function or class is called by what it is assigned to. */
  namesOf(node) {
    const parent = this.parents.get(node);
    if (parent?.type === 'VariableDeclarator') return identifiersOf(parent.id).map(({ name }) => name);
    if (parent?.type === 'PropertyDefinition') return [keyName(parent)];
    if (parent?.type === 'AssignmentExpression' && parent.left.type === 'MemberExpression')
      return [keyName(parent.left)];
    if (parent?.type === 'AssignmentExpression') return identifiersOf(parent.left).map(({ name }) => name);
    return isClass(node) && node.id ? [node.id.name] : [];
  }

  summary(nodes) {
    const found = { sets: new Set(), calls: new Set(), nodes };
    const walk = (node) => {
      for (const key of keysSetBy(node)) found.sets.add(key);
      const name = calledName(node);
      if (name !== undefined) found.calls.add(name);
      childrenOf(node).forEach(walk);
    };
    nodes.forEach(walk);
    return found;
  }

  /** Whether a call may set something: the function of that name, or what it calls itself, does so anywhere. */
  maySet(call, key) {
    const name = calledName(call);
    return name !== undefined && this.reachableFrom([name]).some((one) => this.functions.get(one).sets.has(key));
  }

  /** The names of the script's own functions that are called, directly or by each other. */
  reachableFrom(names) {
    const found = new Set();
    const left = [...names];
    while (left.length > 0) {
      const name = left.pop();
      if (found.has(name) || !this.functions.has(name)) continue;
      found.add(name);
      left.push(...this.functions.get(name).calls);
    }
    return [...found];
  }
}

function constructorsOf({ body }) {
  return body.body.filter(({ kind }) => kind === 'constructor').map(({ value }) => value);
}

function calledName(node) {
  if (node.type !== 'CallExpression' && node.type !== 'NewExpression') return undefined;
  if (node.callee.type === 'Identifier') return node.callee.name;
  return node.callee.type === 'MemberExpression' ? keyName(node.callee) : undefined;
}

/** The keys of what an assignment, or the head of a loop, gives a value. */
function keysSetBy({ type, operator, left }) {
  const isAssignment = type === 'AssignmentExpression' && operator === '=';
  if (!isAssignment && type !== 'ForInStatement' && type !== 'ForOfStatement') return [];
  if (left.type === 'MemberExpression') return [keyOf(left)];
  return identifiersOf(left).map(({ name }) => name);
}

/** `name`, or `this.name`; undefined of anything else. */
function keyOf(node) {
  if (node.type === 'Identifier') return node.name;
  const isOwn = node.type === 'MemberExpression' && node.object.type === 'ThisExpression';
  const name = isOwn ? keyName(node) : undefined;
  return name === undefined ? undefined : `this.${name}`;
}
