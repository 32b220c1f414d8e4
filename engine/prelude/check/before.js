// Whether something has surely been set when the run gets to a node, as far as the text tells.
//
// A call of one of the script's own functions counts as setting whatever that sets anywhere: who writes
// `this.begin(request)` first means it so.

class Before {
  constructor(tree, key) {
    this.tree = tree;
    this.key = key; // see tree.js
    this.known = new Map();
  }

  sets(node) {
    return keysSetBy(node).includes(this.key);
  }

  /** Whether it has been set when a node is evaluated. */
  isSet(node, { ownFunctionOnly = false } = {}) {
    const parents = this.tree.around(node);
    let isInside = false; // of a function, which runs when the script has been loaded
    for (let i = parents.length - 1; i >= 0; i -= 1) {
      const parent = parents[i];
      const child = parents[i + 1] ?? node;
      if (isFunction(parent)) {
        if (ownFunctionOnly && !isInPlace(parent, parents[i - 1])) return false;
        isInside = true;
      }
      if (this.isSetOnTheWay(parent, child, isInside)) return true;
    }
    return false;
  }

  isSetOnTheWay(parent, child, isInside) {
    switch (parent.type) {
      case 'Program':
        return this.some(parent.body.filter((one) => (isInside ? one !== child : one.end <= child.start)));
      case 'ClassBody':
        return this.some(parent.body.filter((one) => one !== child).flatMap(madeOf));
      case 'ForInStatement':
      case 'ForOfStatement':
        return child === parent.body && (this.sets(parent) || this.does(parent.right));
      case 'IfStatement':
      case 'ConditionalExpression':
      case 'WhileStatement':
        return child !== parent.test && this.does(parent.test);
      case 'SwitchStatement':
        return child !== parent.discriminant && this.does(parent.discriminant);
      case 'ForStatement':
        if (child === parent.init) return false;
        if (parent.init && this.does(parent.init)) return true;
        return child !== parent.test && parent.test !== null && this.does(parent.test);
      case 'TryStatement':
        return child === parent.finalizer && this.does(parent.block);
      case 'DoWhileStatement':
        return child === parent.test && this.does(parent.body);
      default:
        return isFunction(parent) ? false : this.some(childrenOf(parent).filter((one) => one.end <= child.start));
    }
  }

  some(nodes) {
    return nodes.some((node) => this.does(node));
  }

  /** Whether it is set once a node has been evaluated, or what follows is not reached. */
  does(node) {
    if (!this.known.has(node)) {
      this.known.set(node, false); // should it be asked for again meanwhile
      this.known.set(node, this.judge(node));
    }
    return this.known.get(node);
  }

  judge(node) {
    if (this.sets(node)) return true;
    switch (node.type) {
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        return false;
      case 'ClassDeclaration':
      case 'ClassExpression':
        return this.some(definedOf(node));
      case 'ReturnStatement':
      case 'ThrowStatement':
        return true;
      case 'IfStatement':
      case 'ConditionalExpression':
        if (this.does(node.test)) return true;
        // `if (typeof count === 'undefined') count = 0;`
        if (node.alternate === null && testedNames(node.test).has(this.key)) return this.does(node.consequent);
        return node.alternate !== null && this.does(node.consequent) && this.does(node.alternate);
      case 'LogicalExpression':
        return this.does(node.left);
      case 'WhileStatement':
        return this.does(node.test);
      case 'ForStatement':
        return this.some([node.init, node.test].filter(Boolean));
      case 'ForInStatement':
      case 'ForOfStatement':
        return this.does(node.right);
      case 'SwitchStatement':
        return this.does(node.discriminant) || this.isSetByEveryCase(node.cases);
      case 'TryStatement':
        if (node.finalizer && this.does(node.finalizer)) return true;
        return this.does(node.block) && (node.handler === null || this.does(node.handler.body));
      case 'CallExpression':
        if (isFunction(node.callee) && node.callee.body.type === 'BlockStatement' && this.does(node.callee.body))
          return true;
        return this.tree.maySet(node, this.key) || this.some(childrenOf(node));
      case 'NewExpression':
        return this.tree.maySet(node, this.key) || this.some(childrenOf(node));
      default:
        return this.some(childrenOf(node));
    }
  }

  isSetByEveryCase(cases) {
    const full = cases.filter(({ consequent }) => consequent.length > 0);
    return cases.some(({ test }) => test === null) && full.every(({ consequent }) => this.some(consequent));
  }
}

/** Whether a function is called where it stands, once or for each element: `list.forEach((x) => …)`. */
function isInPlace(node, parent) {
  return node.type !== 'FunctionDeclaration' && (parent?.type === 'CallExpression' || parent?.type === 'NewExpression');
}

/** What of a class has run when a method does: the constructor, fields, and what is static. */
function madeOf(member) {
  if (member.type === 'StaticBlock') return member.body;
  if (member.type === 'PropertyDefinition') return member.value ? [member.value] : [];
  return member.kind === 'constructor' ? [member.value.body] : [];
}

/** What of a class runs where it stands. */
function definedOf({ superClass, body }) {
  const now = body.body.filter(
    (one) => one.type === 'StaticBlock' || (one.static && one.type === 'PropertyDefinition'),
  );
  const names = body.body.filter(({ computed }) => computed).map(({ key }) => key);
  return [...(superClass ? [superClass] : []), ...names, ...now.flatMap(madeOf)];
}

const ALWAYS = {
  __proto__: null,
  IfStatement: ['test'],
  ConditionalExpression: ['test'],
  LogicalExpression: ['left'],
  WhileStatement: ['test'],
  DoWhileStatement: ['body', 'test'],
  ForStatement: ['init', 'test'],
  ForInStatement: ['right'],
  ForOfStatement: ['right'],
  SwitchStatement: ['discriminant'],
  TryStatement: [],
  SwitchCase: [],
  AssignmentPattern: [],
  ChainExpression: [],
  WithStatement: ['object'],
};

/** Whether every run of one of these functions gets to a node. */
function isAlwaysReached(node, tree, functions) {
  const parents = tree.around(node);
  for (let i = parents.length - 1; i >= 0; i -= 1) {
    const parent = parents[i];
    const child = parents[i + 1] ?? node;
    if (isFunction(parent)) return functions.includes(parent) && parent.body === child;
    const parts = ALWAYS[parent.type];
    if (parts && !parts.some((part) => parent[part] === child)) return false;
    if (parent.type === 'AssignmentExpression' && /^(?:&&|\|\||\?\?)=$/.test(parent.operator) && child === parent.right)
      return false;
    if (parent.type === 'BlockStatement' && parent.body.some((one) => one.end <= child.start && mayLeave(one)))
      return false;
  }
  return false; // of the script itself: what fails there, fails as it loads
}

function mayLeave(node) {
  if (/^(?:Return|Throw|Break|Continue)Statement$/.test(node.type)) return true;
  return !isFunction(node) && !isClass(node) && childrenOf(node).some(mayLeave);
}
