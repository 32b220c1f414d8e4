// Prints what Rocket.Chat's packages make of every name they have: {released, current, emoticons}, each
// a list of [as it is typed, the picture].
const emojione = require('emojione');
const entries = Object.values(require('emojione/emoji.json'));
const shortcodes = require('emojibase-data/en/shortcodes/emojibase.json');
const { parse } = require('@rocket.chat/message-parser');

const picture = (hexcode) => String.fromCodePoint(...hexcode.split('-').map((part) => parseInt(part, 16)));
// Rocket.Chat looks up whose other name one is before the package makes a picture of it. The package lists
// a few, such as the plain digits, that it shows as they are typed.
const released = entries
  .filter((one) => emojione.shortnameToUnicode(one.shortname) !== one.shortname)
  .flatMap((one) =>
    [one.shortname, ...one.shortname_alternates].map((name) => [name, emojione.shortnameToUnicode(one.shortname)]),
  );
const current = Object.entries(shortcodes).flatMap(([hexcode, given]) =>
  [given].flat().map((name) => [`:${name}:`, picture(hexcode)]),
);
const emoticons = entries.flatMap((one) =>
  one.ascii.map((text) => {
    const [block] = parse(text, { emoticons: true });
    const [first] = block.value;
    return [text, first.type === 'EMOJI' ? emojione.shortnameToUnicode(`:${first.shortCode}:`) : null];
  }),
);
console.log(JSON.stringify({ released, current, emoticons }));
