// A constructor written as a function.
//
// In a derived class `this` becomes a variable that `super(…)` sets, as the object is the superclass's to make.

const THIS = 'hooksmith$this';
const SUPER = 'hooksmith$super';

class ConstructorWriter {
  constructor(classes, node, className) {
    this.classes = classes;
    this.edits = classes.edits;
    this.derived = node.superClass !== null;
    this.name = node.id ? className : '';
  }

  write(member) {
    const { value } = member;
    const { body } = value;
    this.edits.replace(member.start, value.start, `${STATE}.maker(function ${this.name}`);
    const strict = isStrict(body.body);
    for (const parameter of value.params) this.classes.write(parameter, value, strict);
    const usesSuper = someMember(value, ({ type, object }) => type === 'MemberExpression' && object.type === 'Super');
    const directives = body.body.filter(({ directive }) => directive);
    const start = directives.at(-1)?.end;
    this.edits.insert(start ?? body.start + 1, (start ? ';' : '') + this.prologue(usesSuper));
    for (const statement of body.body) this.rewrite(statement, body, strict, usesSuper);
    if (this.derived) this.edits.insert(body.end - 1, `; return ${STATE}.leave(${THIS});`);
    this.edits.insert(member.end, ');');
  }

  prologue(usesSuper) {
    if (!this.derived) {
      const view = usesSuper ? ` const ${SUPER} = ${STATE}.view(null, () => this);` : '';
      return ` ${STATE}.enter(this);${view}`;
    }
    const make = `(...${STATE}values) => (${THIS} = ${STATE}.construct(${THIS}, this, ${STATE}values, new.target))`;
    const maker = usesSuper ? `${STATE}.view(${make}, () => ${THIS})` : make;
    return ` ${STATE}.check(this); let ${THIS}; const ${SUPER} = ${maker};`;
  }

  /** Go through code that shares the constructor's `this`. */
  rewrite(node, parent, strict, usesSuper, inArrow = false) {
    if (isFunction(node) && node.type !== 'ArrowFunctionExpression') {
      this.classes.write(node, parent, strict);
      return;
    }
    if (isClass(node)) {
      this.classes.write(node, parent, strict);
      return;
    }
    if (node.type === 'Super') this.edits.replace(node.start, node.end, SUPER);
    if (node.type === 'ThisExpression' && this.derived) this.edits.replace(node.start, node.end, THIS);
    if (node.type === 'ReturnStatement' && this.derived && !inArrow) this.writeReturn(node);
    this.classes.writePrivateUse(node);
    const arrow = inArrow || node.type === 'ArrowFunctionExpression';
    for (const child of childrenOf(node)) this.rewrite(child, node, strict, usesSuper, arrow);
  }

  writeReturn({ start, argument }) {
    const after = start + 'return'.length;
    if (!argument) {
      this.edits.insert(after, ` ${STATE}.leave(${THIS})`);
      return;
    }
    const isList = argument.type === 'SequenceExpression';
    this.edits.insert(argument.start, `${STATE}.result(${isList ? '(' : ''}`);
    this.edits.insert(argument.end, `${isList ? ')' : ''}, () => ${THIS})`);
  }
}
