// Formats stack traces itself, and asks every call site for its function and its `this`.
// outcome: ok
Error.stackTraceLimit = 200;
const seen = [];
Error.prepareStackTrace = (error, sites) => {
  for (const site of sites) {
    seen.push(site.getFunction(), site.getThis(), site.getEvalOrigin(), `${site}`, site.getFunctionName());
  }
  return 'formatted';
};
const look = () => new Error('x').stack;
Object.defineProperty(globalThis, 'looked', { get: look });
look();
class Script {
  constructor() {
    look();
  }
  async process_incoming_request({ request }) {
    look();
    console.log({ toString: look, [Symbol.toPrimitive]: look });
    HTTP('GET', { toString: look });
    HTTP(
      'GET',
      `${request.content.far}/`,
      {
        get headers() {
          return void look();
        },
      },
      look,
    );
    Store.set({ toString: look }, { toJSON: look });
    await fetch({ toString: look }).catch(look);
    await new Promise((done) => setTimeout(() => done(look()), 1));
    new URL('http://x').searchParams.forEach(look);
    _.each([1], look);
    // Words of the prelude, put together here so that they are not in this script's own text.
    const inFunctions = new RegExp(
      [
        ['hooksmith', '_'],
        ['ask', 'AndWait'],
        ['take', 'Outbox'],
        ['Reflect', 'Apply'],
      ]
        .map((word) => word.join(''))
        .join('|'),
    );
    const inObjects = /^(?:plug|mailbox|ring|begin|drain|outbox|pending|instance|stage|values|deliveries)$/;
    const found = seen.filter((one) =>
      typeof one === 'object' && one !== null && one !== globalThis
        ? Reflect.ownKeys(one).some((name) => inObjects.test(String(name)))
        : inFunctions.test(String(one)),
    );
    if (seen.length < 200) found.push(`only ${seen.length} were seen`);
    return {
      content: {
        text:
          found.map((one) => `${String(one).slice(0, 99)} ${Reflect.ownKeys(Object(one)).map(String)}`).join(' | ') ||
          'contained',
      },
      toJSON() {
        look();
        return { content: this.content };
      },
    };
  }
}
