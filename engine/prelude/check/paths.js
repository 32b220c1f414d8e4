// What an expression reaches, as far as the text tells: `const { headers } = request; headers.host` is
// ['@request', 'headers', 'host'], and `(await fetch(url)).body` is ['fetch', '()', 'await', 'body'].

const DEEPEST = 12;

class Paths {
  constructor() {
    this.roots = new Map(); // binding -> its path
    this.aliases = new Map(); // binding -> what it was declared as
  }

  look(node, { scope }) {
    if (node.type === 'VariableDeclarator' && node.init) this.lookAtPattern(node.id, node.init, [], scope);
  }

  lookAtPattern(pattern, from, keys, scope) {
    eachNamed(pattern, keys, (name, path) => {
      const binding = scope.find(name);
      if (binding) this.aliases.set(binding, this.aliases.has(binding) ? null : { from, keys: path, scope });
    });
  }

  /** Say what a parameter is: what it takes apart is known then, too. */
  setRoot(pattern, path, scope) {
    eachNamed(pattern, path, (name, own) => this.roots.set(scope.bindings.get(name), own));
  }

  of(node, scope, depth = 0) {
    if (depth > DEEPEST) return undefined;
    const go = (inner, ...more) => {
      const path = this.of(inner, scope, depth + 1);
      return path && [...path, ...more];
    };
    switch (node?.type) {
      case 'Identifier':
        return this.ofName(node.name, scope, depth);
      case 'MemberExpression':
        return keyName(node) === undefined ? undefined : go(node.object, keyName(node));
      case 'CallExpression':
        return go(node.callee, '()');
      case 'AwaitExpression':
        return go(node.argument, 'await');
      case 'ChainExpression':
        return go(node.expression);
      case 'LogicalExpression': // `request.headers || {}`
        return node.operator === '&&' ? undefined : go(node.left);
      default:
        return undefined;
    }
  }

  ofName(name, scope, depth) {
    const binding = scope.find(name);
    if (!binding) return [name];
    if (binding.reassigned) return undefined;
    const root = this.roots.get(binding);
    if (root) return root;
    const alias = this.aliases.get(binding);
    const path = alias && this.of(alias.from, alias.scope, depth + 1);
    return path && [...path, ...alias.keys];
  }
}

/** Call with each name that a pattern binds, and the path of what it is bound to. */
function eachNamed(pattern, path, call) {
  if (pattern.type === 'Identifier') call(pattern.name, path);
  if (pattern.type === 'AssignmentPattern') eachNamed(pattern.left, path, call);
  if (pattern.type !== 'ObjectPattern') return;
  for (const property of pattern.properties) {
    const key = property.type === 'Property' ? keyName(property) : undefined;
    if (key !== undefined) eachNamed(property.value, [...path, key], call);
  }
}

/** The same of the properties themselves: what a pattern takes, with or without a name for it. */
function eachTaken(pattern, path, call) {
  const inner = pattern.type === 'AssignmentPattern' ? pattern.left : pattern;
  if (inner.type !== 'ObjectPattern') return;
  for (const property of inner.properties) {
    const key = property.type === 'Property' ? keyName(property) : undefined;
    if (key === undefined) continue;
    call(property, [...path, key]);
    eachTaken(property.value, [...path, key], call);
  }
}
