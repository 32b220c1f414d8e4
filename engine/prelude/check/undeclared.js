// Names that a script assigns without declaring them. In sloppy code the first assignment makes a global; who reads
// the name before, or changes what is not there (`count += 1`), gets a ReferenceError.

const outside = globalThis;

class Undeclared {
  constructor(tree, references, programIsStrict) {
    this.tree = tree;
    this.kinds = new Map(); // node -> 'sets', 'changes' (reads it first) or 'strict'
    this.names = new Map(); // name -> the assignments that can be its first
    for (const reference of references) {
      if (!reference.write || reference.binding || reference.name in outside) continue;
      this.kinds.set(reference.node, kindOf(reference, programIsStrict));
    }
  }

  /** Note the assignments that may be the first: all that do not read the name themselves. */
  finish(references, readsItself) {
    for (const { node, name, parent } of references) {
      if (this.kinds.get(node) !== 'sets' || readsItself(name, parent)) continue;
      if (!this.names.has(name)) this.names.set(name, new Before(this.tree, name));
    }
  }

  /** 'never' set, 'set' before this node, or 'perhaps'. */
  stateOf(name, node) {
    const before = this.names.get(name);
    if (!before) return 'never';
    return before.isSet(node) ? 'set' : 'perhaps';
  }
}

function kindOf({ parent, strict }, programIsStrict) {
  if (parent.type === 'UpdateExpression') return 'changes';
  if (parent.type === 'AssignmentExpression' && parent.operator !== '=') return 'changes';
  return strict || programIsStrict ? 'strict' : 'sets';
}
