// The class Script, and its methods.

const METHODS = ['process_incoming_request', 'prepare_outgoing_request', 'process_outgoing_response'];

class ScriptClass {
  constructor(program) {
    this.classes = classesOf(program);
    this.node = this.classes.get('Script');
    this.chain = this.node ? this.chainOf(this.node) : [];
    this.members = this.chain.flatMap(({ body }) => body.body).filter(({ key }) => key);
    this.mentioned = new Set(); // methods that come in another way: `Script.prototype.name = …`
  }

  look(node) {
    if (node.type !== 'MemberExpression' && node.type !== 'Property') return;
    const name = keyName(node);
    if (METHODS.includes(name)) this.mentioned.add(name);
  }

  chainOf(node) {
    const chain = [];
    for (let one = node; one && !chain.includes(one); one = this.classes.get(one.superClass?.name)) chain.push(one);
    return chain;
  }

  /** Whether `members` are all the methods there are, as far as classes go. */
  get isWhole() {
    return this.chain.length > 0 && !this.chain.at(-1).superClass;
  }

  /** The functions that are called: [{name, node}]. */
  get methods() {
    const found = [];
    for (const { key, computed, value, ...member } of this.members) {
      const name = keyName({ key, computed });
      if (METHODS.includes(name) && value && isFunction(value) && !member.static) found.push({ name, node: value });
    }
    return found;
  }

  /** {found, whole, mentioned: [name], classes: [[name, place]], members: [{name, kind, static, generator, place}]} */
  facts(tally) {
    return {
      found: this.node !== undefined,
      whole: this.isWhole,
      mentioned: [...this.mentioned],
      classes: [...this.classes].map(([name, { start }]) => [name, tally.position(start)]).slice(0, MOST_PLACES),
      members: this.members
        .map((member) => ({
          name: keyName(member),
          kind: member.type === 'MethodDefinition' ? member.kind : 'field',
          static: member.static,
          generator: member.value?.generator === true,
          place: tally.position(member.key.start),
        }))
        .filter(({ name }) => name !== undefined)
        .slice(0, MOST_KINDS),
    };
  }
}

/** The classes of the top level by name: `class A {}`, `A = class {}`, `const A = class {}`. */
function classesOf(program) {
  const classes = new Map();
  const add = (id, value) => {
    if (id?.type === 'Identifier' && value && isClass(value)) classes.set(id.name, value);
  };
  for (const statement of program.body) {
    if (statement.type === 'ClassDeclaration') add(statement.id, statement);
    for (const { id, init } of statement.declarations ?? []) add(id, init);
    const assigned = statement.type === 'ExpressionStatement' ? statement.expression : {};
    if (assigned.type === 'AssignmentExpression') add(assigned.left, assigned.right);
  }
  return classes;
}
