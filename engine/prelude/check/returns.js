// What process_incoming_request returns, where the text tells it.

/** What a function returns, its inner functions left aside. */
function returnsOf(node) {
  if (node.body.type !== 'BlockStatement') return [node.body];
  const found = [];
  const walk = (inner) => {
    if (inner.type === 'ReturnStatement' && inner.argument) found.push(inner.argument);
    if (!isFunction(inner) && !isClass(inner)) childrenOf(inner).forEach(walk);
  };
  walk(node.body);
  return found;
}

function judgeReturn(value, tally) {
  if (isText(value) && value.value !== '') tally.add({ kind: 'returns-text' }, value);
  if (value.type !== 'ObjectExpression') return;
  const members = new Map(value.properties.map((property) => [nameOf(property), property.value]));
  if (members.has(undefined)) return; // it may be any
  const content = members.get('content');
  if (!content && !members.has('error')) {
    tally.add({ kind: 'returns-no-content', name: [...members.keys()].slice(0, 3).join(', ') }, value);
  }
  if (content && isText(content)) tally.add({ kind: 'content-text' }, content);
  for (const property of content?.type === 'ObjectExpression' ? content.properties : []) {
    const name = nameOf(property);
    if (name === 'channel' || name === 'roomId') tally.add({ kind: 'chooses-room', name }, property);
  }
}

function nameOf(property) {
  return property.type === 'Property' ? keyName(property) : undefined;
}

function isText({ type, value }) {
  return type === 'TemplateLiteral' || (type === 'Literal' && typeof value === 'string');
}
