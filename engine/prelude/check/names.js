// The names that a script takes from outside, and whether they are there.
//
// This runs in the same kind of sandbox as the script would, so what is there is looked up, not listed.

const outside = globalThis;
const VALUES = new Set(['arguments', 'undefined', 'NaN', 'Infinity']);

class Names {
  constructor(source) {
    this.uses = new Tally(source);
    this.guards = new Guards();
    this.mentions = [];
    this.declared = new Set(); // names, and members like `_.slug`, that the script itself makes
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

  /** What is used, all writes being known: [{name, member, called, state, there, known, unsure, count, places}]. */
  finish(references) {
    for (const { binding, write, name } of references) if (write && !binding) this.declared.add(name);
    for (const { node, name, member, called, there, parents } of this.mentions) {
      if (this.declared.has(name)) continue;
      const state = there ? 'bare' : this.guards.stateOf(name, node, parents);
      const known = isThere(name); // the object, if not its member
      const own = this.declared.has(`${name}.${member}`) || this.declared.has(`${name}.mixin`);
      const facts = { name, member, called, state, there: there || (known && own), known, unsure: this.anyDeclared };
      this.uses.add(facts, node);
    }
    return this.uses.list();
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
