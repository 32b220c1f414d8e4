// Reads [blocks] and prints, for each of them, what Rocket.Chat's own renderer of messages finds in it:
// {taken, texts, addresses}.
const { buildSync } = require('esbuild');
const Module = require('node:module');

// The package is made for bundlers: Node does not find its modules without their extension.
const load = (name) => {
  const { outputFiles } = buildSync({
    stdin: { contents: `module.exports = require('${name}')`, resolveDir: __dirname },
    bundle: true,
    format: 'cjs',
    platform: 'node',
    write: false,
  });
  const loaded = new Module(name);
  loaded._compile(outputFiles[0].text, `${__dirname}/bundled.cjs`);
  return loaded.exports;
};

const collect = (value, found) => {
  if (Array.isArray(value)) value.forEach((item) => collect(item, found));
  if (!value || typeof value !== 'object' || Array.isArray(value)) return found;
  if (value.type === 'plain_text' || value.type === 'mrkdwn') found.texts.push(value.text);
  for (const [name, member] of Object.entries(value)) {
    if (['url', 'imageUrl', 'externalUrl'].includes(name) && typeof member === 'string') found.addresses.push(member);
    collect(member, found);
  }
  return found;
};

const main = (given) => {
  const { UiKitParserMessage, uiKitMessage } = load('@rocket.chat/ui-kit');
  class Reader extends UiKitParserMessage {}
  for (const kind of ['plain_text', 'mrkdwn', ...new Reader().allowedLayoutBlockTypes]) {
    Reader.prototype[kind] = (block) => collect(block, { texts: [], addresses: [] });
  }
  const read = uiKitMessage(new Reader());
  return given.map((block) => {
    const [found] = read([block]);
    return { taken: Boolean(found), ...(found ?? { texts: [], addresses: [] }) };
  });
};

let text = '';
process.stdin.on('data', (part) => (text += part));
process.stdin.on('end', () => console.log(JSON.stringify(main(JSON.parse(text)))));
