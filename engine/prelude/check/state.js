// What a script remembers from one call to the next: Rocket.Chat keeps its instance in memory.
//
// That is a variable of the top level, or `this.name`, which a run changes on the base of what it was (`count += 1`,
// `seen.add(id)`) without setting it anew; or which it reads before anything of the same call can have set it
// (`if (!cache) cache = …`). What prepare_outgoing_request sets, process_outgoing_response finds: that is one call.

const GROWS = new Set(['push', 'unshift', 'add', 'set']);
const [, PREPARE, PROCESS] = METHODS;

class State {
  constructor(script, tally) {
    this.script = script;
    this.tally = tally;
    this.fields = []; // mentions of `this.name` of the class Script
    this.calls = new Map(); // function -> the calls in it
  }

  look(node, { self }) {
    if (node.type !== 'MemberExpression' || node.object.type !== 'ThisExpression' || self !== 'method') return;
    const { chain } = this.script;
    if (chain.some(({ start, end }) => node.start > start && node.end < end)) this.fields.push(node);
  }

  finish(bindings, tree) {
    this.tree = tree;
    this.entries = new Map(this.script.methods.map(({ name, node }) => [node, name]));
    const slots = new Map();
    const add = (key, node, isCollected) => {
      const made = this.outermost(node);
      if (!slots.has(key)) slots.set(key, { key, values: [], touches: [] });
      const slot = slots.get(key);
      const value = valueGiven(node, tree);
      if (value) slot.values.push(value);
      if (made) slot.touches.push({ node, owner: made, kind: this.kindOf(node, key), isCollected });
    };
    for (const { name, scope, kind, values, references } of bindings) {
      if (scope.parent || !/^(?:let|var|const)$/.test(kind)) continue;
      for (const { node } of references) add(name, node, values.some(isCollection));
    }
    for (const node of this.fields) if (keyName(node) !== undefined) add(keyOf(node), node, null);
    for (const { type, key, computed, value } of this.script.members) {
      const name = type === 'PropertyDefinition' && value ? keyName({ key, computed }) : undefined;
      slots.get(`this.${name}`)?.values.push(value);
    }
    for (const slot of slots.values()) this.judge(slot);
  }

  /** The method or function of the top level that a node is in; none of what runs as the instance is made. */
  outermost(node) {
    const around = this.tree.around(node);
    const found = around.find(isFunction);
    return found && this.tree.parents.get(found).kind === 'constructor' ? undefined : found;
  }

  /** 'set', 'grown' (changed on the base of what it was), 'put' (something put into it), or 'read'. */
  kindOf(node, key) {
    const parent = this.tree.parents.get(node);
    if (parent.type === 'UpdateExpression') return 'grown';
    if (parent.type === 'AssignmentExpression' && parent.left === node) {
      return parent.operator !== '=' || uses(parent.right, key) ? 'grown' : 'set';
    }
    if (isTarget(node, this.tree)) return 'set';
    let outer = node;
    while (isObjectOf(outer, this.tree.parents.get(outer))) outer = this.tree.parents.get(outer);
    if (outer === node) return 'read';
    const user = this.tree.parents.get(outer);
    const isCalled = user.type === 'CallExpression' && user.callee === outer && GROWS.has(keyName(outer));
    return isCalled || isTarget(outer, this.tree) ? 'put' : 'read';
  }

  judge({ key, values, touches }) {
    const isCollected = values.some(isCollection) || touches.some((one) => one.isCollected);
    const grown = touches.filter(({ kind }) => kind === 'grown' || (kind === 'put' && isCollected));
    const sets = touches.filter(({ kind }) => kind === 'set');
    if (grown.length + sets.length === 0) return;
    if (sets.length === 0) for (const { node } of grown) this.note(key, node);
    else
      for (const touch of touches)
        if (touch.kind !== 'set' && this.isOfEarlierCall(touch, key, touches)) this.note(key, touch.node);
  }

  /** Whether nothing can have set it before it is read here, in the same call. */
  isOfEarlierCall({ node, owner }, key, touches) {
    const sets = touches.filter(({ kind }) => kind === 'set');
    if (this.isSetEarlier(node, owner, key, sets)) return false;
    const method = this.entries.get(owner);
    if (method !== undefined) return !this.isSetByPrepare(method, key);
    // A helper: it fills by itself what is empty, or nobody who calls it can have set it.
    if (sets.every((one) => one.owner === owner)) return true;
    const callers = [...this.entries].flatMap(([entry, name]) =>
      this.callsOf(entry)
        .filter((call) => this.reaches(call, owner))
        .map((call) => ({ entry, name, call })),
    );
    return (
      callers.length > 0 &&
      callers.every(
        ({ entry, name, call }) =>
          !this.tree.maySet(call, key) && !this.isSetEarlier(call, entry, key, sets) && !this.isSetByPrepare(name, key),
      )
    );
  }

  isSetEarlier(node, owner, key, sets) {
    const isBefore = (one) =>
      one.owner === owner && one.node.end <= node.start && !isInside(node, this.tree.parents.get(one.node));
    if (sets.some(isBefore)) return true;
    return this.callsOf(owner).some((call) => call.end <= node.start && this.tree.maySet(call, key));
  }

  isSetByPrepare(method, key) {
    if (method !== PROCESS) return false;
    return this.tree.reachableFrom([PREPARE]).some((name) => this.tree.functions.get(name).sets.has(key));
  }

  callsOf(owner) {
    if (!this.calls.has(owner)) {
      const found = [];
      const walk = (node) => {
        if (calledName(node) !== undefined) found.push(node);
        childrenOf(node).forEach(walk);
      };
      walk(owner);
      this.calls.set(owner, found);
    }
    return this.calls.get(owner);
  }

  reaches(call, owner) {
    const names = this.tree.reachableFrom([calledName(call)]);
    return names.some((name) => this.tree.functions.get(name).nodes.includes(owner));
  }

  note(name, node) {
    this.tally.add({ kind: 'state', name }, node);
  }
}

function isInside({ start, end }, outer) {
  return start >= outer.start && end <= outer.end && outer.type === 'AssignmentExpression';
}

function isObjectOf(node, parent) {
  return parent?.type === 'MemberExpression' && parent.object === node;
}

/** Whether an assignment, an update, or the head of a loop gives a node its value, alone or in a pattern. */
function isTarget(node, tree) {
  const parent = tree.parents.get(node);
  switch (parent?.type) {
    case 'UpdateExpression':
      return true;
    case 'AssignmentExpression':
    case 'ForInStatement':
    case 'ForOfStatement':
      return parent.left === node;
    case 'UnaryExpression':
      return parent.operator === 'delete';
    case 'ArrayPattern':
    case 'RestElement':
      return true;
    case 'AssignmentPattern':
      return parent.left === node;
    case 'Property':
      return parent.value === node && tree.parents.get(parent)?.type === 'ObjectPattern';
    default:
      return false;
  }
}

function valueGiven(node, tree) {
  const parent = tree.parents.get(node);
  return parent?.type === 'AssignmentExpression' && parent.left === node ? parent.right : undefined;
}

/** Whether an expression has the value of what a key names in it. */
function uses(node, key) {
  if (keyOf(node) === key) return true;
  const { type, computed } = node;
  if (type === 'MemberExpression' && !computed) return uses(node.object, key);
  if (type === 'Property' && !computed) return uses(node.value, key);
  return childrenOf(node).some((child) => uses(child, key));
}

function isCollection(value) {
  if (value?.type === 'ObjectExpression' || value?.type === 'ArrayExpression') return true;
  if (value?.type === 'LogicalExpression') return isCollection(value.right);
  return value?.type === 'NewExpression' && /^(?:Map|Set|WeakMap|WeakSet|Array|Object)$/.test(value.callee.name);
}
