// Who declares which name, and which declaration every mention of a name means.

class Scope {
  constructor(parent, owner) {
    this.parent = parent;
    this.owner = owner; // the function or script whose code it is
    this.bindings = new Map();
  }

  declare(name, kind, place) {
    const known = this.bindings.get(name);
    if (known) return known;
    const binding = { name, kind, place, scope: this, values: [], references: [] };
    this.bindings.set(name, binding);
    return binding;
  }

  find(name) {
    for (let scope = this; scope; scope = scope.parent) {
      const binding = scope.bindings.get(name);
      if (binding) return binding;
    }
    return undefined;
  }
}

/** Declare what the `var`s and the functions inside blocks bring into a function or script. */
function declareVars(node, scope, nested = false) {
  if (node.type === 'VariableDeclaration' && node.kind === 'var') {
    for (const { id } of node.declarations) {
      for (const { name, start } of identifiersOf(id)) scope.declare(name, 'var', start);
    }
  }
  if (node.type === 'FunctionDeclaration' && nested) scope.declare(node.id.name, 'var', node.id.start);
  if (isFunction(node) || isClass(node)) return;
  for (const child of childrenOf(node)) declareVars(child, scope, node.type !== 'Program');
}

/** Declare what the statements of a block bring into it. */
function declareBlock(statements, scope) {
  for (let statement of statements) {
    while (statement.type === 'LabeledStatement') statement = statement.body;
    if (statement.type === 'FunctionDeclaration') scope.declare(statement.id.name, 'function', statement.id.start);
    if (statement.type === 'ClassDeclaration') scope.declare(statement.id.name, 'class', statement.id.start);
    if (statement.type === 'VariableDeclaration' && statement.kind !== 'var') declareLexical(statement, scope);
  }
}

function declareLexical(declaration, scope) {
  for (const declarator of declaration.declarations) {
    for (const { name, start } of identifiersOf(declarator.id)) {
      const binding = scope.declare(name, declaration.kind, start);
      binding.declaration = declaration;
      binding.readyAt = declarator.end;
    }
  }
}

/**
 * Goes through a script with its scopes.
 *
 * `look(node, context, parents)` is called for every node before its children; `context` says whose `this` it has
 * (`script`, `plain`, `method`), whether it is inside a class body and there in sloppy code, and in which function.
 */
class ScopeWalk {
  constructor(program, look) {
    this.program = program;
    this.look = look;
    this.references = [];
    this.bindings = [];
    this.parents = [];
    this.scopes = [];
  }

  run() {
    const scope = this.open(null, this.program);
    declareVars(this.program, scope);
    declareBlock(this.program.body, scope);
    const context = { scope, owner: this.program, self: 'script', inClass: false, strict: false, loop: false };
    this.enter(this.program, context);
    for (const reference of this.references) {
      reference.binding = reference.scope.find(reference.name);
      reference.binding?.references.push(reference);
    }
    for (const opened of this.scopes) this.bindings.push(...opened.bindings.values());
  }

  open(parent, owner) {
    const scope = new Scope(parent, owner);
    this.scopes.push(scope);
    return scope;
  }

  enter(node, context) {
    for (const child of childrenOf(node)) this.visit(child, context, node);
  }

  visit(node, context, parent) {
    this.parents.push(parent);
    this.look(node, context, this.parents);
    const special = `visit${node.type}`;
    if (this[special]) this[special](node, context);
    else if (isFunction(node)) this.visitFunction(node, context, parent);
    else if (isClass(node)) this.visitClass(node, context);
    else if (LOOPS.has(node.type)) this.visitLoop(node, context);
    else this.enter(node, context);
    this.parents.pop();
  }

  visitAll(nodes, context, parent) {
    for (const node of nodes) if (node) this.visit(node, context, parent);
  }

  visitFunction(node, context, parent) {
    const arrow = node.type === 'ArrowFunctionExpression';
    const scope = this.open(context.scope, node);
    const strict = context.strict || isStrict(node.body.body);
    const inner = { ...context, scope, owner: node, strict, loop: false };
    if (!arrow) inner.self = isMember(parent) ? 'method' : 'plain';
    if (node.type === 'FunctionExpression' && node.id) scope.declare(node.id.name, 'self', node.id.start);
    for (const parameter of node.params) {
      for (const { name, start } of identifiersOf(parameter)) scope.declare(name, 'parameter', start);
    }
    if (node.body.type === 'BlockStatement') {
      declareVars(node.body, scope);
      declareBlock(node.body.body, scope);
    }
    for (const parameter of node.params) this.visitPattern(parameter, inner, node);
    if (node.body.type !== 'BlockStatement') this.visit(node.body, inner, node);
    else this.visitAll(node.body.body, inner, node.body);
  }

  visitClass(node, context) {
    const scope = this.open(context.scope, context.owner);
    if (node.id) scope.declare(node.id.name, 'class', node.id.start);
    const inside = { ...context, scope, inClass: true };
    if (node.superClass) this.visit(node.superClass, inside, node);
    for (const member of node.body.body) {
      if (member.computed) this.visit(member.key, inside, member);
      const own = { ...inside, self: 'method', owner: member, loop: false };
      if (member.type === 'StaticBlock') {
        own.scope = this.open(scope, member);
        for (const statement of member.body) declareVars(statement, own.scope);
        declareBlock(member.body, own.scope);
        this.visitAll(member.body, own, member);
      } else if (member.value) {
        this.visit(member.value, member.type === 'PropertyDefinition' ? own : inside, member);
      }
    }
  }

  visitBlockStatement(node, context) {
    const scope = this.open(context.scope, context.owner);
    declareBlock(node.body, scope);
    this.visitAll(node.body, { ...context, scope }, node);
  }

  visitSwitchStatement(node, context) {
    this.visit(node.discriminant, context, node);
    const scope = this.open(context.scope, context.owner);
    for (const one of node.cases) {
      declareBlock(one.consequent, scope);
      for (const binding of scope.bindings.values()) binding.inCase ??= one;
    }
    this.visitAll(node.cases, { ...context, scope }, node);
  }

  visitCatchClause(node, context) {
    const scope = this.open(context.scope, context.owner);
    for (const { name, start } of identifiersOf(node.param)) scope.declare(name, 'parameter', start);
    if (node.param) this.visitPattern(node.param, { ...context, scope }, node);
    this.visit(node.body, { ...context, scope }, node);
  }

  visitLoop(node, context) {
    const scope = this.open(context.scope, context.owner);
    const inside = { ...context, scope, loop: true };
    const head = node.init ?? node.left;
    if (head?.type === 'VariableDeclaration') {
      if (head.kind !== 'var') declareLexical(head, scope);
      this.visit(head, inside, node);
      if (node.left) this.markWritten(identifiersOf(head.declarations[0].id), inside);
    } else if (node.left) {
      this.visitPattern(node.left, inside, node, true);
    } else if (head) {
      this.visit(head, inside, node);
    }
    this.visitAll([node.right, node.test, node.update, node.body], inside, node);
  }

  visitVariableDeclaration(node, context) {
    for (const declarator of node.declarations) {
      const names = identifiersOf(declarator.id);
      this.lookAt(declarator, context, node);
      this.visitPattern(declarator.id, context, declarator);
      if (declarator.init) this.visit(declarator.init, context, declarator);
      for (const { name } of names) {
        const binding = context.scope.find(name);
        if (!binding) continue;
        if (context.loop) binding.inLoop = true;
        if (declarator.init) binding.values.push(declarator.id.type === 'Identifier' ? declarator.init : null);
      }
    }
  }

  visitAssignmentExpression(node, context) {
    this.visitPattern(node.left, context, node, true, node.operator === '=' ? node.right : null);
    this.visit(node.right, context, node);
  }

  visitUpdateExpression(node, context) {
    this.visitPattern(node.argument, context, node, true);
  }

  visitIdentifier(node, context) {
    this.refer(node, context, false);
  }

  visitMemberExpression(node, context) {
    this.visit(node.object, context, node);
    if (node.computed) this.visit(node.property, context, node);
  }

  visitProperty(node, context) {
    if (node.computed) this.visit(node.key, context, node);
    this.visit(node.value, context, node);
  }

  visitLabeledStatement(node, context) {
    this.visit(node.body, context, node);
  }

  visitBreakStatement() {}
  visitContinueStatement() {}
  visitMetaProperty() {}

  /** A binding or assigned pattern: its names, and the expressions inside it. */
  visitPattern(node, context, parent, write = false, value = null) {
    if (node.type === 'Identifier') {
      if (write) this.refer(node, context, true, value, parent);
      else this.lookAt(node, context, parent);
      return;
    }
    if (node.type === 'MemberExpression') {
      this.visit(node, { ...context, written: node }, parent);
      return;
    }
    this.lookAt(node, context, parent);
    if (node.type === 'ObjectPattern') {
      for (const property of node.properties) {
        if (property.computed) this.visit(property.key, context, property);
        this.visitPattern(property.value ?? property.argument, context, property, write);
      }
    } else if (node.type === 'ArrayPattern') {
      for (const element of node.elements) if (element) this.visitPattern(element, context, node, write);
    } else if (node.type === 'AssignmentPattern') {
      this.visitPattern(node.left, context, node, write);
      this.visit(node.right, context, node);
    } else if (node.type === 'RestElement') {
      this.visitPattern(node.argument, context, node, write);
    } else {
      this.enter(node, context);
    }
  }

  lookAt(node, context, parent) {
    this.parents.push(parent);
    this.look(node, context, this.parents);
    this.parents.pop();
  }

  markWritten(identifiers, context) {
    for (const { name } of identifiers) context.scope.find(name)?.values.push(null);
  }

  refer(node, context, write, value = null, parent = null) {
    if (parent) this.lookAt(node, context, parent);
    const { scope, owner, inClass, strict } = context;
    this.references.push({
      node,
      name: node.name,
      scope,
      owner,
      inClass,
      strict,
      write,
      parent: parent ?? this.parents.at(-1),
    });
    if (!write) return;
    const binding = scope.find(node.name);
    if (!binding) return;
    binding.values.push(value);
    binding.reassigned = true;
  }
}

function isMember(parent) {
  return (
    parent.type === 'MethodDefinition' ||
    (parent.type === 'Property' && (parent.method || parent.kind === 'get' || parent.kind === 'set'))
  );
}
