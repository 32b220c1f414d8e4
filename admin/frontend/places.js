// Where in a script the cursor stands, read from its syntax tree.

// What an object is going to be, told by the name of the property, the variable or the array it goes into.
const KINDS = [
  ['attachment', /attachments?$/i],
  ['field', /^fields?$/i],
  ['action', /^(actions?|buttons?)$/i],
  ['message', /(message|msg|content)$/i],
];

// What an object is that a function is called with.
const ARGUMENTS = new Map([
  ['fetch', 'fetch'],
  ['HTTP', 'http'],
]);

const CALLED = /^(process_incoming_request|prepare_outgoing_request|process_outgoing_response)$/;

const isFunction = (node) => node.name === 'ArrowFunction' || node.name === 'FunctionExpression';

/** Return which of the methods that the engine calls this node stands in. */
export function enclosingMethod(state, node) {
  for (let at = node; at; at = at.parent) {
    if (at.name === 'MethodDeclaration') return calledMethod(state, at);
  }
  return null;
}

/** Tell whether a name at this node would be a member of a class. */
export function isMemberOfClass(node) {
  if (node.name === 'ClassBody') return true;
  if (node.name === 'PropertyDefinition') return node.parent.name === 'PropertyDeclaration';
  return node.name === '{' && node.parent.name === 'ClassBody';
}

/** Return what the pattern at this node takes apart: the argument of a method, or an expression. */
export function patternAt(state, node) {
  const pattern = node.name === 'VariableDefinition' ? node.parent.parent : node.name === '{' ? node.parent : node;
  if (pattern?.name !== 'ObjectPattern') return null;
  if (pattern.parent.name === 'ParamList') {
    const owner = pattern.parent.parent;
    const method = owner.name === 'MethodDeclaration' && calledMethod(state, owner);
    return method ? { method } : null;
  }
  const equals = pattern.nextSibling;
  return equals?.name === 'Equals' && equals.nextSibling ? { source: text(state, equals.nextSibling) } : null;
}

/** Return the object literal in which a key could begin at `from`, and what the object is going to be. */
export function keyAt(state, node, from) {
  const inner = node.name === 'PropertyDefinition' ? node.parent : node;
  const object = inner.name === 'ObjectExpression' ? inner : inner.parent;
  if (object?.name !== 'ObjectExpression') return null;
  if (!/[{,]\s*(?:\/\/.*\s*)*$/.test(state.sliceDoc(object.from, from))) return null;
  const purpose = purposeOf(state, object);
  return purpose && { object, ...purpose };
}

/** Return the keys an object literal has, but for the one at `pos`. */
export function keysOf(state, object, pos) {
  return object
    .getChildren('Property')
    .filter((property) => pos < property.from || pos > property.to)
    .map((property) => text(state, property.firstChild));
}

/** Climb from an object literal to what tells its purpose: a name it is kept under, or the method that returns it. */
function purposeOf(state, object) {
  let returned = true;
  for (let at = object; at.parent; at = at.parent) {
    const { parent } = at;
    const name = nameGiven(state, at);
    if (name !== null) {
      const kind = KINDS.find(([, pattern]) => pattern.test(name))?.[0];
      return kind ? { kind } : null;
    }
    if (parent.name === 'MethodDeclaration') {
      const method = returned && calledMethod(state, parent);
      return method ? { method } : null;
    }
    if (parent.name === 'ArgList' && !isFunction(at)) {
      const kind = ARGUMENTS.get(text(state, parent.parent.firstChild));
      return kind ? { kind } : null;
    }
    // What a callback returns is not what the method returns, but it goes where the call's result goes.
    if (isFunction(parent)) returned = false;
  }
  return null;
}

/** Return the name under which a value is kept, or null when its parent does not keep it. */
function nameGiven(state, value) {
  const { parent } = value;
  switch (parent.name) {
    case 'Property':
      return text(state, parent.firstChild);
    case 'VariableDeclaration':
      return text(state, value.prevSibling?.prevSibling);
    case 'AssignmentExpression':
      return lastName(state, parent.firstChild);
    case 'ArgList': {
      const callee = parent.parent.firstChild;
      return /\.(push|unshift)$/.test(text(state, callee)) ? lastName(state, callee.firstChild) : null;
    }
    default:
      return null;
  }
}

function calledMethod(state, declaration) {
  const name = text(state, declaration.getChild('PropertyDefinition'));
  return CALLED.test(name) ? name : null;
}

function lastName(state, node) {
  return text(state, node).split('.').at(-1);
}

function text(state, node) {
  return node ? state.sliceDoc(node.from, node.to) : '';
}
