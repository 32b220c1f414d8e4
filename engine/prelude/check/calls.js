// What a script hands to Store, to moment, and to the network.

const NOT_JSON = /^(?:Map|Set|WeakMap|WeakSet|Date|RegExp|Promise)$/;
const HOST = /^https?:\/\/(?:[^/@?#]*@)?(\[[^\]]*\]|[^/:?#]+)(?<ended>[/:?#])?/i;
const MOST_STEPS = 100;

function judgeCall(node, path, scope, tally) {
  if (!path) return;
  const [first, second] = node.arguments;
  const [root, ...rest] = path;
  const name = path.join('.');
  if (name === 'Store.set' && second && isNoJson(second, scope)) tally.add({ kind: 'store-value' }, second);
  if (name === 'moment.locale' && first?.type === 'Literal' && !/^en(?:$|-us$)/i.test(first.value)) {
    tally.add({ kind: 'locale', name: String(first.value) }, first);
  }
  if (root === 'fetch' || root === 'HTTP') {
    const url = root === 'HTTP' && (rest.length === 0 || rest[0] === 'call') ? second : first;
    const host = rest.length < 2 && url ? hostOf(url, scope) : undefined;
    if (host) tally.add({ kind: 'host', name: host }, url);
  }
}

/** The host of an address, where the text tells it: `API + '/users'`. */
function hostOf(url, scope) {
  const { text, isWhole } = beginningOf(url, scope, { steps: MOST_STEPS });
  const found = HOST.exec(text);
  return found && (isWhole || found.groups.ended) ? found[1] : undefined;
}

/** The text that an expression begins with, and whether that is all of it. */
function beginningOf(node, scope, budget) {
  const unknown = { text: '', isWhole: false };
  budget.steps -= 1;
  if (budget.steps < 0) return unknown;
  if (node.type === 'Literal') return { text: String(node.value), isWhole: true };
  if (node.type === 'BinaryExpression' && node.operator === '+') return joined([node.left, node.right], scope, budget);
  if (node.type === 'TemplateLiteral') {
    const texts = node.quasis.map(({ value }) => ({ type: 'Literal', value: value.cooked }));
    return joined(texts.flatMap((text, i) => [text, node.expressions[i]]).slice(0, -1), scope, budget);
  }
  const binding = node.type === 'Identifier' ? scope.find(node.name) : undefined;
  if (!binding || binding.reassigned || binding.values.length !== 1 || !binding.values[0]) return unknown;
  return beginningOf(binding.values[0], binding.scope, budget);
}

function joined(parts, scope, budget) {
  let text = '';
  for (const part of parts) {
    const next = beginningOf(part, scope, budget);
    text += next.text;
    if (!next.isWhole) return { text, isWhole: false };
  }
  return { text, isWhole: true };
}

/** Whether JSON would not bring a value back as it was. */
function isNoJson(node, scope) {
  if (isFunction(node)) return true;
  return node.type === 'NewExpression' && NOT_JSON.test(node.callee.name) && !scope.find(node.callee.name);
}
