// What a class body holds that means something else, or nothing, in strict mode.
//
// Strict mode cannot be told from sloppy mode by code of which none of this is true; such a script runs as it is. Where
// the text alone cannot tell (`data.x = 1` throws in strict mode only when `data` is a string, or frozen), it counts.

const STRICT_ONLY_WORDS = new Set(
  'implements interface let package private protected public static yield eval arguments'.split(' '),
);
const MAKES_READ_ONLY = /\b(?:freeze|seal|preventExtensions|definePropert(?:y|ies)|__defineGetter__|Proxy)\b/;
const OCTAL_ESCAPE = /^(?:[^\\]|\\(?:[^0-9]|0(?![0-9])))*\\(?:[1-9]|0[0-9])/s;

class Findings {
  constructor(source) {
    this.found = [];
    this.readOnly = MAKES_READ_ONLY.test(source);
    this.methods = new Set();
    this.getters = new Set();
    this.reads = [];
    this.instanceEscapes = false;
    this.writes = [];
    this.globalNames = new Set();
    this.anyGlobalName = false;
    this.classes = [];
  }

  note(kind, node, name) {
    this.found.push({ kind, place: node.start, ...(name === undefined ? {} : { name }) });
  }

  /** Called for every node, with those around it. */
  look(node, context, parents) {
    const parent = parents.at(-1);
    if (isClass(node)) this.lookAtClass(node, context);
    if (node.type === 'Property' && node.kind === 'get') this.getters.add(keyName(node));
    if (node.type === 'ThisExpression') this.lookAtThis(node, context, parent);
    if (node.type === 'VariableDeclarator' && node.id.type === 'ObjectPattern') {
      for (const property of node.id.properties) {
        if (property.key)
          this.reads.push({ node: property, name: keyName(property), from: node.init, scope: context.scope });
      }
    }
    if (node.type === 'MemberExpression') this.lookAtMember(node, context, parents);
    if (context.inClass && !context.strict) this.lookInClass(node, context, parent);
  }

  lookAtClass(node, { strict }) {
    if (!strict) this.classes.push(node);
    for (const member of node.body.body) {
      if (member.kind === 'get') this.getters.add(keyName(member));
      if (member.type !== 'MethodDefinition' || member.kind !== 'method') continue;
      if (someMember(member.value, ({ type }) => type === 'ThisExpression')) this.methods.add(keyName(member));
    }
  }

  lookAtThis(node, context, parent) {
    const member = parent.type === 'MemberExpression' && parent.object === node;
    if (context.self === 'script' && !member) this.anyGlobalName = true;
    if (context.self === 'method' && !member && parent.type !== 'VariableDeclarator') this.instanceEscapes = true;
    if (context.self === 'method' || !member) return;
    this.noteGlobalName(parent);
  }

  noteGlobalName(member) {
    const name = keyName(member);
    if (name === undefined) this.anyGlobalName = true;
    else this.globalNames.add(name);
  }

  lookAtMember(node, context, parents) {
    const parent = parents.at(-1);
    const name = keyName(node);
    if (context.written === node) {
      if (context.inClass && !context.strict) this.writes.push({ node, name, scope: context.scope });
      return;
    }
    const called = (parent.type === 'CallExpression' && parent.callee === node) || isBound(node, parents);
    if (!called) this.reads.push({ node, name, from: node.object, scope: context.scope });
  }

  lookInClass(node, context, parent) {
    switch (node.type) {
      case 'ThisExpression':
        if (context.self === 'plain') this.note('this', node);
        break;
      case 'WithStatement':
        this.note('with', node);
        break;
      case 'UnaryExpression':
        if (node.operator !== 'delete') break;
        if (node.argument.type === 'Identifier') this.note('delete', node, node.argument.name);
        else if (this.readOnly) this.note('read-only', node);
        break;
      case 'Literal':
        if (isOctal(node)) this.note('octal', node);
        break;
      case 'Identifier':
        if (STRICT_ONLY_WORDS.has(node.name) && node.name !== 'arguments') this.note('reserved word', node, node.name);
        if (node.name === 'arguments' && usesMappedArguments(node, context, parent)) this.note('arguments', node);
        break;
      case 'FunctionDeclaration':
        if (!isFunctionBody(parent, context)) this.note('function in block', node, node.id.name);
        break;
      default:
    }
    if (isFunction(node)) this.lookAtParameters(node);
  }

  lookAtParameters(node) {
    const names = node.params.flatMap(identifiersOf).map(({ name }) => name);
    if (node.id) names.push(node.id.name);
    if (new Set(names).size < names.length) this.note('duplicate parameter', node);
    for (const name of names) if (STRICT_ONLY_WORDS.has(name)) this.note('reserved word', node, name);
  }

  /** What only shows when every declaration and every method is known. */
  finish(references) {
    for (const reference of references) this.judgeReference(reference);
    for (const { node, name, from, scope } of this.reads) {
      const known = isInstance(from, scope);
      const isMethod = name === undefined ? known && this.methods.size > 0 : this.methods.has(name);
      if (isMethod && (known || this.instanceEscapes)) this.note('method value', node, name);
    }
    for (const { node, name, scope } of this.writes) {
      if (this.readOnly || this.getters.has(name) || !isSafeToWrite(node.object, name, scope))
        this.note('read-only', node);
    }
    this.found.sort((a, b) => a.place - b.place);
  }

  judgeReference({ node, name, binding, inClass, strict, write, parent }) {
    if (!binding && (name === 'global' || name === 'globalThis')) {
      if (parent.type === 'MemberExpression' && parent.object === node) this.noteGlobalName(parent);
      else this.anyGlobalName = true;
    }
    if (inClass && !strict && !binding) {
      if (write) this.note('undeclared', node, name);
      if (name === 'eval' && parent.type === 'CallExpression') this.note('eval', node);
    }
    if (write && inClass && !strict && binding?.kind === 'self') this.note('read-only', node, name);
    if (binding?.kind === 'class' && isCalledAsFunction(node, parent)) this.note('class call', node, name);
  }
}

function isOctal({ raw, value }) {
  return typeof value === 'number' ? /^0[0-9]/.test(raw) : typeof value === 'string' && OCTAL_ESCAPE.test(raw);
}

/** `arguments` of a function whose parameters are its elements in sloppy mode, or its `callee`. */
function usesMappedArguments(node, { owner, scope }, parent) {
  if (scope.find('arguments')) return true;
  if (parent.type !== 'MemberExpression' || parent.object !== node || keyName(parent) === 'callee') return true;
  return owner.params?.length > 0;
}

function isFunctionBody(parent, { owner }) {
  return parent === owner.body || (owner.type === 'StaticBlock' && parent === owner) || parent.type === 'Program';
}

/** `object.method.bind(…)`. */
function isBound(node, parents) {
  const parent = parents.at(-1);
  return parent.type === 'MemberExpression' && parent.object === node && keyName(parent) === 'bind';
}

/** Whether an expression is, as far as the text tells, an object with the methods of a class. */
function isInstance(node, scope) {
  if (node?.type === 'MemberExpression') return keyName(node) === 'prototype';
  if (node?.type !== 'Identifier') return node?.type === 'ThisExpression' || node?.type === 'NewExpression';
  const binding = scope.find(node.name);
  if (!binding) return false;
  if (binding.kind === 'class') return true;
  return binding.values.some((value) => value?.type === 'ThisExpression' || value?.type === 'NewExpression');
}

/** A fresh object or array takes any property; `this` does unless something in the script makes it read-only. */
function isSafeToWrite(object, name, scope) {
  if (object.type === 'ThisExpression' || object.type === 'ObjectExpression') return true;
  if (object.type !== 'Identifier') return false;
  const binding = scope.find(object.name);
  if (binding?.kind === 'class') return name !== undefined && !/^(?:name|length|prototype)$/.test(name);
  if (!binding || !['let', 'const', 'var'].includes(binding.kind)) return false;
  return binding.values.every((value) => value?.type === 'ObjectExpression' || value?.type === 'ArrayExpression');
}

function isCalledAsFunction(node, parent) {
  if (parent.type === 'CallExpression') return parent.callee === node;
  return parent.type === 'MemberExpression' && parent.object === node && /^(?:call|apply)$/.test(keyName(parent));
}
