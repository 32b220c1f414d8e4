// The syntax tree of a script whose class bodies are sloppy, and how to go through it.

/** Acorn as it is, but a class body is as strict as what stands around it. */
class SloppyParser extends acorn.Parser {
  parseClass(node, isStatement) {
    const before = this.strictAround;
    this.strictAround = this.strict;
    const parsed = super.parseClass(node, isStatement);
    this.strictAround = before;
    return parsed;
  }

  parseClassId(node, isStatement) {
    super.parseClassId(node, isStatement);
    this.strict = this.strictAround;
  }
}

function parseScript(source) {
  return SloppyParser.parse(source, { ecmaVersion: 'latest', sourceType: 'script', allowHashBang: true });
}

/** The nodes directly inside one, in the order of the text. */
function childrenOf(node) {
  const found = [];
  for (const key of Object.keys(node)) {
    const value = node[key];
    for (const child of Array.isArray(value) ? value : [value]) {
      if (child && typeof child.type === 'string') found.push(child);
    }
  }
  return found;
}

const FUNCTIONS = new Set(['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression']);
const LOOPS = new Set(['ForStatement', 'ForInStatement', 'ForOfStatement', 'WhileStatement', 'DoWhileStatement']);

function isFunction(node) {
  return FUNCTIONS.has(node.type);
}

function isClass(node) {
  return node.type === 'ClassDeclaration' || node.type === 'ClassExpression';
}

/** Whether the statements begin with "use strict". */
function isStrict(statements) {
  return Array.isArray(statements) && statements.some(({ directive }) => directive === 'use strict');
}

/** The identifiers that a pattern binds or assigns. */
function identifiersOf(pattern) {
  switch (pattern?.type) {
    case 'Identifier':
      return [pattern];
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) => identifiersOf(property.value ?? property.argument));
    case 'ArrayPattern':
      return pattern.elements.flatMap(identifiersOf);
    case 'AssignmentPattern':
      return identifiersOf(pattern.left);
    case 'RestElement':
      return identifiersOf(pattern.argument);
    default:
      return [];
  }
}

/** The name of a property where the text says it, otherwise undefined. */
function keyName({ computed, key, property }) {
  const name = key ?? property;
  if (computed) return name.type === 'Literal' ? String(name.value) : undefined;
  return name.type === 'Literal' ? String(name.value) : name.name;
}

/**
 * Whether code that belongs to the same `this` as a node passes a test: it looks into arrow functions, but not into
 * others; of a class it sees only what is evaluated outside of it.
 */
function someOfSameThis(node, test) {
  if (test(node)) return true;
  if (isFunction(node) && node.type !== 'ArrowFunctionExpression') return false;
  return outerPartsOf(node).some((child) => someOfSameThis(child, test));
}

/** The children of a node that share its `this`; of a class that is the superclass and the computed names. */
function outerPartsOf(node) {
  if (!isClass(node)) return childrenOf(node);
  const names = node.body.body.filter(({ computed }) => computed).map(({ key }) => key);
  return node.superClass ? [node.superClass, ...names] : names;
}
