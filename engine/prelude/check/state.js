// What a script remembers from one request to the next: Rocket.Chat keeps its instance in memory.
//
// A value that is changed on the base of what it was (`count += 1`, `seen.add(id)`), and that nothing sets anew in
// the same run, is one to remember.

const GROWS = new Set(['push', 'unshift', 'add', 'set']);

class State {
  constructor(program, script, tally) {
    this.program = program;
    this.script = script;
    this.tally = tally;
    this.members = [];
    this.ownFields = new Map(); // `this.name`: {grown: [node], fresh: bool}
  }

  look(node, context, parents) {
    if (node.type !== 'MemberExpression') return;
    this.members.push({ node, context, parent: parents.at(-1) });
    if (this.isOwnField(node, context)) this.lookAtOwnField(node, context, parents.at(-1));
  }

  isOwnField({ object, start }, { self }) {
    const inside = this.script.node && start > this.script.node.start && start < this.script.node.end;
    return inside && self === 'method' && object.type === 'ThisExpression' && !this.isInConstructor(start);
  }

  isInConstructor(place) {
    return this.script.members.some(({ kind, start, end }) => kind === 'constructor' && place > start && place < end);
  }

  lookAtOwnField(node, { written }, parent) {
    const name = keyName(node);
    if (written !== node || name === undefined) return;
    if (!this.ownFields.has(name)) this.ownFields.set(name, { grown: [], fresh: false });
    const field = this.ownFields.get(name);
    if (grows(parent, (value) => value.type === 'MemberExpression' && keyName(value) === name)) field.grown.push(node);
    else field.fresh = true;
  }

  finish(bindings) {
    const kept = new Set(bindings.filter(({ scope, kind }) => !scope.parent && /^(?:let|var|const)$/.test(kind)));
    for (const binding of kept) this.judgeVariable(binding);
    for (const [name, { grown, fresh }] of this.ownFields) {
      if (!fresh) for (const node of grown) this.note(`this.${name}`, node);
    }
    for (const { node, context, parent } of this.members) this.judgeCollection(node, context, parent, kept);
  }

  judgeVariable({ name, references }) {
    const writes = references.filter(({ write, owner }) => write && owner !== this.program);
    const isSame = (value) => value.type === 'Identifier' && value.name === name;
    const grown = writes.filter(({ parent }) => grows(parent, isSame));
    if (grown.length === writes.length) for (const { node } of grown) this.note(name, node);
  }

  /** `seen.add(id)`, `cache[key] = value`, where `seen` and `cache` are of the top level. */
  judgeCollection(node, { scope, owner, written }, parent, kept) {
    if (owner === this.program || node.object.type !== 'Identifier') return;
    const binding = scope.find(node.object.name);
    if (!kept.has(binding) || binding.reassigned || !isCollection(binding.values[0])) return;
    const adds = parent.type === 'CallExpression' && parent.callee === node && GROWS.has(keyName(node));
    if (adds || written === node) this.note(node.object.name, node);
  }

  note(name, node) {
    this.tally.add({ kind: 'state', name }, node);
  }
}

/** Whether an assignment makes the new value of the old one. */
function grows(parent, isSame) {
  if (parent.type === 'UpdateExpression') return true;
  if (parent.type !== 'AssignmentExpression') return false;
  return parent.operator !== '=' || someNode(parent.right, isSame);
}

function someNode(node, test) {
  return test(node) || childrenOf(node).some((child) => someNode(child, test));
}

function isCollection(value) {
  if (value?.type === 'ObjectExpression' || value?.type === 'ArrayExpression') return true;
  return value?.type === 'NewExpression' && /^(?:Map|Set|WeakMap|WeakSet|Array|Object)$/.test(value.callee.name);
}
