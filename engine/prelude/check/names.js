// The names that a script takes from outside, and whether they are there.
//
// This runs in the same kind of sandbox as the script would, so what is there is looked up, not listed.

const VALUES = new Set(['arguments', 'undefined', 'NaN', 'Infinity']);

class Names {
  constructor(source) {
    this.uses = new Tally(source);
    this.guards = new Guards();
    this.mentions = [];
    this.declared = new Set(); // names, and members like `_.slug`, that the script itself makes
    this.perhaps = new Set(); // set by `this.name = …` in a function whose `this` may be the global object
    this.anyDeclared = false; // by eval, or under a name that only the run knows
  }

  look(node, context, parents) {
    this.guards.look(node);
    if (node.type === 'Identifier') this.lookAtName(node, context, parents);
    if (node.type === 'MemberExpression') this.lookAtMember(node, context, parents);
  }

  lookAtName(node, { scope, written }, parents) {
    if (VALUES.has(node.name) || scope.find(node.name)) return;
    const parent = parents.at(-1);
    const isObject = parent.type === 'MemberExpression' && parent.object === node;
    if (isObject && isGlobalObject(node)) return; // told of by what it is the object of
    if (isObject && written === parent) this.declared.add(`${node.name}.${keyName(parent)}`);
    if (node.name === 'eval' && parent.type === 'CallExpression') this.anyDeclared = true;
    this.mention(node.name, node, parents);
  }

  /** `global.name`, and `this.name` of the top level. */
  lookAtMember(node, { scope, self, written }, parents) {
    const isThis = node.object.type === 'ThisExpression' && self === 'script';
    if (node.object.type === 'ThisExpression' && self === 'plain' && written === node) this.perhaps.add(keyName(node));
    if (!isThis && !(isGlobalObject(node.object) && !scope.find(node.object.name))) return;
    const name = keyName(node);
    if (written === node && name !== undefined) this.declared.add(name);
    else if (written === node) this.anyDeclared = true;
    else if (name !== undefined && isUsedUp(node, parents.at(-1))) this.mention(name, node, parents);
  }

  mention(name, node, parents) {
    const parent = parents.at(-1);
    const isObject = parent.type === 'MemberExpression' && parent.object === node;
    const member = isObject ? keyName(parent) : undefined;
    const whole = isObject ? parent : node;
    const user = isObject ? parents.at(-2) : parent;
    const called = (user.type === 'CallExpression' || user.type === 'NewExpression') && user.callee === whole;
    if (member === 'mixin' && called) this.declared.add(`${name}.mixin`);
    const there = isThere(name, member);
    this.mentions.push({ node, name, member, called, there, parents: there ? [] : [...parents] });
  }

  /**
   * What is used, all writes being known: [{name, member, called, state, there, known, unsure, always, changed, count,
   * places}]. What may be read too early is added to `found`; `methods` are the functions that are called.
   */
  finish(tree, references, methods, programIsStrict, found) {
    this.tree = tree;
    const undeclared = new Undeclared(tree, references, programIsStrict);
    const reads = this.mentions.filter(({ node, there }) => !there && !undeclared.kinds.has(node));
    undeclared.finish(references, (name, assignment) => this.readsItself(name, assignment, reads));
    this.neverSet = new Set(); // of those that are assigned
    for (const { binding, write, name } of references) if (write && !binding && isThere(name)) this.declared.add(name);
    for (const mention of this.mentions) {
      if (!this.declared.has(mention.name)) this.judge(mention, undeclared, methods, found);
    }
    return this.uses.list();
  }

  judge({ node, name, member, called, there, parents }, undeclared, methods, found) {
    const known = isThere(name); // the object, if not its member
    const kind = known ? undefined : undeclared.kinds.get(node);
    if (kind === 'sets') return; // told of as sloppy
    const state = there ? 'bare' : this.guards.stateOf(name, node, parents);
    if (!known) {
      const assigned = undeclared.stateOf(name, node);
      if (assigned === 'perhaps' && state === 'bare' && !this.anyDeclared)
        found.add({ kind: 'early read', name }, node);
      if (assigned !== 'never') return;
    }
    const own = this.declared.has(`${name}.${member}`) || this.declared.has(`${name}.mixin`);
    const sure = state === 'bare' && !known && !this.perhaps.has(name);
    const always = sure && isAlwaysReached(node, this.tree, methods);
    if (kind) this.neverSet.add(name);
    const facts = { name, member, called, state, there: there || (known && own), known, unsure: this.anyDeclared };
    this.uses.add({ ...facts, always, changed: kind !== undefined }, node);
  }

  /** Whether an assignment reads what it sets, as in `count = count + 1`: it cannot be the first. */
  readsItself(name, { type, right }, reads) {
    if (type !== 'AssignmentExpression') return false;
    return reads.some((one) => {
      if (one.name !== name || one.node.start < right.start || one.node.end > right.end) return false;
      const around = this.tree.around(one.node);
      return (
        !around.slice(around.indexOf(right)).some(isFunction) &&
        this.guards.stateOf(name, one.node, one.parents) === 'bare'
      );
    });
  }
}

function isThere(name, member) {
  if (!(name in outside)) return false;
  const value = outside[name];
  return member === undefined || (value !== null && value !== undefined && member in Object(value));
}

/** Whether a property that is not there fails what it is part of, and is not merely asked after. */
function isUsedUp(node, parent) {
  if (parent.type === 'MemberExpression') return parent.object === node && !parent.optional;
  return (parent.type === 'CallExpression' || parent.type === 'NewExpression') && parent.callee === node;
}
