// Classes written as functions, on the same lines and from the same text.
//
//   class A extends B { m() { super.m() } x = 1; static #p = 2 }
//
// becomes a call of the runtime (prelude/classes.js), which makes the class from the members handed to it:
//
//   var A = hooksmith$class("A", B, (hooksmith$, A) => {
//     hooksmith$.method({ __proto__: hooksmith$.proto, m() { super.m() } });
//     hooksmith$.field({ x() { return (1) } });
//     hooksmith$.staticPrivateField(hooksmith$p0, { p() { return (2) } }); })
//
// Methods of an object literal may use `super`, are sloppy, and cannot be told from those of a class. Names that begin
// with `hooksmith$` are ours; a script that has one is left alone.

const RUNTIME = 'hooksmith$class';
const STATE = 'hooksmith$';

class ClassWriter {
  constructor(source, edits) {
    this.source = source;
    this.edits = edits;
    this.privateNames = [];
    this.privateCount = 0;
  }

  /** Rewrite the classes inside a node, `parents` being those around it. */
  write(node, parent, inStrict = false, atTop = false) {
    const strict = inStrict || isStrict(node.body?.body) || (node.type === 'Program' && isStrict(node.body));
    if (isClass(node) && !strict && canBeFunction(node)) {
      this.writeClass(node, parent, atTop);
      return;
    }
    this.writePrivateUse(node);
    const scopeOfPrivates = isClass(node) ? this.privateNames.push(nativeNames(node)) : 0;
    const directly = node.type === 'Program';
    for (const child of childrenOf(node)) this.write(child, node, strict, directly);
    if (scopeOfPrivates) this.privateNames.pop();
  }

  writeClass(node, parent, atTop) {
    const { edits } = this;
    const own = new Map();
    const isDeclaration = node.type === 'ClassDeclaration';
    const name = node.id?.name ?? inferredName(node, parent);
    const opening = isDeclaration ? `${atTop ? 'var' : 'let'} ${name} = ${RUNTIME}(` : `(${RUNTIME}(`;
    const bodyStart = node.body.start;
    // The class is handed over as a function, called by the runtime when the superclass is known.
    const heritage = node.superClass;
    const open = `${opening}${JSON.stringify(name)}, `;
    if (heritage) {
      const start = this.afterWord(node.id?.end ?? node.start + 'class'.length, 'extends');
      edits.replace(node.start, start, open);
      this.write(heritage, node);
      edits.insert(bodyStart, ', ');
    } else {
      edits.replace(node.start, bodyStart, open);
    }
    const inner = node.id ? `(${STATE}, ${node.id.name})` : STATE;
    const prologue = [node.id ? ` ${STATE}.self((${STATE}made) => (${node.id.name} = ${STATE}made));` : ''];
    for (const { key } of node.body.body) {
      if (key?.type !== 'PrivateIdentifier' || own.has(key.name)) continue;
      const symbol = `${STATE}p${this.privateCount++}`;
      own.set(key.name, symbol);
      prologue.push(` const ${symbol} = ${RUNTIME}.makePrivate(${JSON.stringify(`#${key.name}`)});`);
    }
    edits.replace(bodyStart, bodyStart + 1, `${inner} => {${prologue.join('')}`);
    this.privateNames.push(own);
    for (const member of node.body.body) this.writeMember(member, node, name);
    this.privateNames.pop();
    edits.insert(node.end, isDeclaration ? ');' : '))');
  }

  writeMember(member, node, className) {
    if (member.computed) this.write(member.key, member);
    if (member.type === 'StaticBlock') {
      const brace = this.afterWord(member.start + 'static'.length, '');
      const before = `${STATE}.block({ ${superOf(member, true)}block() `;
      this.edits.replace(member.start, brace, before);
      for (const statement of member.body) this.write(statement, member);
      this.edits.insert(member.end, ' });');
      return;
    }
    if (member.kind === 'constructor') {
      new ConstructorWriter(this, node, className).write(member);
      return;
    }
    const start = member.static ? this.afterWord(member.start, 'static') : member.start;
    this.edits.replace(member.start, start, `${this.receiver(member)}${superOf(member, member.static)}`);
    if (member.key.type === 'PrivateIdentifier') this.edits.replace(member.key.start, member.key.start + 1, ' '); // `async#name` is two words
    if (member.type === 'PropertyDefinition') {
      this.writeField(member);
    } else {
      this.write(member.value, member);
      this.edits.insert(member.end, ' });');
    }
  }

  /** The call that a member is handed to: `hooksmith$.staticPrivateField(name, {`. */
  receiver({ static: isStatic, type, key }) {
    const isPrivate = key.type === 'PrivateIdentifier';
    const parts = [
      isStatic ? 'static' : '',
      isPrivate ? 'Private' : '',
      type === 'PropertyDefinition' ? 'Field' : 'Method',
    ];
    const name = parts.join('');
    const symbol = isPrivate ? `${this.symbolOf(key.name)}, ` : '';
    return `${STATE}.${name[0].toLowerCase()}${name.slice(1)}(${symbol}{ `;
  }

  writeField({ key, value, computed, end }) {
    const keyEnd = computed ? this.source.indexOf(']', key.end) + 1 : key.end;
    const last = this.source[end - 1] === ';' ? end - 1 : end;
    if (!value) {
      this.edits.insert(keyEnd, '() {} });');
      this.edits.replace(last, end, '');
      return;
    }
    // An anonymous function takes the name of the property that it is the value of.
    const named = isAnonymous(value) && !computed && key.type !== 'PrivateIdentifier';
    const quoted = named ? this.source.slice(key.start, key.end) : '';
    const valueStart = this.afterWord(this.afterWord(keyEnd, '='), '');
    const onOneLine = !/[\n\r\u2028\u2029]/.test(this.source.slice(keyEnd, valueStart));
    const opening = named ? `() { return ({ ${quoted}: ` : '() { return (';
    this.edits.replace(keyEnd, valueStart, opening, onOneLine ? valueStart : keyEnd);
    this.write(value, { type: 'PropertyDefinition', key, value, computed });
    const access = key.type === 'Identifier' ? `.${quoted}` : `[${quoted}]`;
    this.edits.insert(last, named ? ` }${access}) } });` : ') } });');
    this.edits.replace(last, end, '');
  }

  /** `object.#name` and `#name in object`, of the innermost class that declares the name. */
  writePrivateUse(node) {
    if (node.type === 'MemberExpression' && node.property.type === 'PrivateIdentifier') {
      const symbol = this.symbolOf(node.property.name);
      if (!symbol) return;
      const dot = this.source.lastIndexOf('.', node.property.start);
      this.edits.replace(node.optional ? node.property.start : dot, node.property.end, `[${symbol}]`);
    }
    if (node.type === 'BinaryExpression' && node.left.type === 'PrivateIdentifier') {
      const symbol = this.symbolOf(node.left.name);
      if (!symbol) return;
      this.edits.replace(node.start, this.afterWord(node.left.end, 'in'), `${RUNTIME}.hasPrivate(${symbol}, `);
      this.edits.insert(node.end, ')');
    }
  }

  symbolOf(name) {
    return this.privateNames.findLast((names) => names.has(name))?.get(name);
  }

  /** The place behind a word that follows, comments and line ends left aside, at a place. */
  afterWord(place, word) {
    const between = /(?:\s|\/\/.*|\/\*[^]*?\*\/)*/y;
    between.lastIndex = place;
    between.test(this.source);
    return between.lastIndex + word.length;
  }
}

/** What the runtime cannot do: wait or yield in the middle of a class, or use the constructor's `this` in its head. */
function canBeFunction(node) {
  const waits = ({ type }) => type === 'AwaitExpression' || type === 'YieldExpression';
  const parts = outerPartsOf(node).filter((part) => part !== node.superClass);
  if (parts.some((part) => someOfSameThis(part, waits))) return false;
  const maker = node.body.body.find(({ kind }) => kind === 'constructor');
  if (!maker) return true;
  const isOfMaker = (part) => usesThis(part, node);
  const inHead = (part) => isClass(part) && outerPartsOf(part).some((head) => someOfSameThis(head, isOfMaker));
  return !maker.value.params.some((part) => someOfSameThis(part, isOfMaker)) && !someMember(maker.value, inHead);
}

function usesThis({ type }, { superClass }) {
  return type === 'Super' || (type === 'ThisExpression' && superClass !== null);
}

/** Private names of a class that stays one: those are its own. */
function nativeNames(node) {
  const names = node.body.body.filter(({ key }) => key?.type === 'PrivateIdentifier').map(({ key }) => key.name);
  return new Map(names.map((name) => [name, undefined]));
}

/** The member's object literal has as prototype what its `super` means. */
function superOf(member, isStatic) {
  const parts = member.type === 'StaticBlock' ? member.body : [member.value];
  const isSuper = ({ type }) => type === 'Super';
  const used = parts.some((part) => part && someMember(part, isSuper));
  return used ? `__proto__: ${STATE}.${isStatic ? 'parent' : 'proto'}, ` : '';
}

function someMember(part, test) {
  if (part.type !== 'FunctionExpression') return someOfSameThis(part, test);
  return childrenOf(part).some((child) => someOfSameThis(child, test));
}

function isAnonymous(value) {
  if (isFunction(value) || isClass(value)) return !value.id;
  return false;
}

/** The name that an anonymous class takes from where it stands. */
function inferredName(node, parent) {
  switch (parent.type) {
    case 'VariableDeclarator':
      return parent.id.type === 'Identifier' ? parent.id.name : '';
    case 'AssignmentExpression':
    case 'AssignmentPattern':
      return parent.left.type === 'Identifier' && parent.right === node ? parent.left.name : '';
    case 'Property':
    case 'PropertyDefinition':
      return (parent.value === node && keyName(parent)) || '';
    default:
      return '';
  }
}
