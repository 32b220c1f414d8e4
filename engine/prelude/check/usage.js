// How a script uses what it is given: the request, and what answers from outside.

/** What the objects have that a method is given; anything else is undefined. */
const GIVEN = {
  '@incoming': 'url url_raw url_params content body content_raw headers user',
  '@incoming.url': 'hash search query pathname path',
  '@outgoing': 'params method url data auth headers',
  '@response': 'error status_code content content_raw headers',
  '@answer': 'status statusText ok url redirected type headers bodyUsed text json arrayBuffer bytes clone',
};
const GIVEN_MEMBERS = new Map(Object.entries(GIVEN).map(([path, names]) => [path, new Set(names.split(' '))]));
const ARGUMENTS = {
  __proto__: null,
  process_incoming_request: { request: '@incoming' },
  prepare_outgoing_request: { request: '@outgoing' },
  process_outgoing_response: { request: '@returned', response: '@response' }, // as the script returned it
};
const AWAITED = ['fetch', '()', 'await'];

class Usage {
  constructor(source) {
    this.found = new Tally(source);
    this.paths = new Paths();
    this.members = [];
    this.calls = [];
    this.taken = [];
    this.written = new Set();
  }

  look(node, context, parents) {
    this.paths.look(node, context);
    if (node.type === 'MemberExpression') this.members.push({ node, context, parent: parents.at(-1) });
    if (node.type === 'CallExpression') this.calls.push({ node, context });
    if (node.type === 'ImportExpression') this.found.add({ kind: 'dynamic-import' }, node);
    if (node.type === 'Literal' && node.bigint !== undefined) this.found.add({ kind: 'bigint' }, node);
    if (node.type === 'VariableDeclarator' && node.init) this.taken.push({ node, context });
  }

  /** Look at everything again, knowing what each name is. */
  finish(methods, scopes) {
    for (const { name, node } of methods) this.lookAtMethod(name, node, scopes);
    for (const { node, context } of this.members) if (context.written === node) this.noteWritten(node, context.scope);
    for (const { node, context, parent } of this.members) {
      if (context.written !== node) this.judgeMember(node, this.pathOf(node, context.scope), parent);
    }
    for (const { node, context } of this.taken) {
      const path = this.pathOf(node.init, context.scope);
      if (path) eachTaken(node.id, path, (property, own) => this.judgeMember(property, own, node));
    }
    for (const { node, context } of this.calls) {
      judgeCall(node, this.pathOf(node.callee, context.scope), context.scope, this.found);
    }
  }

  lookAtMethod(name, node, scopes) {
    const [parameter] = node.params;
    const scope = scopes.find(({ owner }) => owner === node);
    if (parameter && scope) {
      this.paths.setRoot(parameter, [`@${name}`], scope);
      eachTaken(parameter, [`@${name}`], (property, path) => {
        const own = normal(path);
        if (own) this.judgeMember(property, own, node);
      });
    }
    if (name === 'process_incoming_request') for (const value of returnsOf(node)) judgeReturn(value, this.found);
  }

  /** The path with what a method's argument holds, and what an awaited fetch gives, by their names. */
  pathOf(node, scope) {
    return normal(this.paths.of(node, scope));
  }

  noteWritten(node, scope) {
    const path = this.pathOf(node, scope);
    if (path) this.written.add(path.join('.'));
  }

  judgeMember(node, path, parent) {
    if (!path || this.written.has(path.join('.'))) return;
    const object = path.slice(0, -1).join('.');
    const member = path.at(-1);
    const called = parent.type === 'CallExpression' && parent.callee === node;
    const has = GIVEN_MEMBERS.get(object);
    const tell = (kind, name, place = node.property ?? node) => this.found.add({ kind, name }, place);
    if (has && !has.has(member)) tell('member', shown(path));
    if (object === '@response.content' && !(member in outside.String.prototype)) tell('response-text', member);
    if (object === '@incoming.headers') {
      if (called && member === 'get') tell('headers-get');
      else if (member !== member.toLowerCase()) tell('header-case', member);
    }
    const given = ARGUMENTS[object.slice(1)];
    if (given && !(member in given)) this.found.add({ kind: 'argument', name: member, method: object.slice(1) }, node);
    if (object === 'fetch.()' && GIVEN_MEMBERS.get('@answer').has(member)) tell('not-awaited', member);
    if (/^HTTP(?:\.\w+)?\.\(\)$/.test(object) && /^(?:then|catch|finally)$/.test(member)) {
      tell('not-a-promise', path.slice(0, -2).join('.'));
    }
    if (object === 'moment.()' && called && !(member in outside.moment.fn)) tell('moment', member);
  }
}

function normal(path) {
  if (!path) return undefined;
  if (AWAITED.every((part, i) => path[i] === part)) return ['@answer', ...path.slice(AWAITED.length)];
  const given = ARGUMENTS[path[0].slice(1)]?.[path[1]];
  return given ? [given, ...path.slice(2)] : path;
}

const SHOWN = {
  '@incoming': 'request',
  '@outgoing': 'request',
  '@response': 'response',
  '@answer': 'the answer of fetch',
};

function shown([root, ...rest]) {
  return [SHOWN[root] ?? root, ...rest].join('.');
}
