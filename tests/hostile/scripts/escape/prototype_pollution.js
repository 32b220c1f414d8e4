// Gives every object members, some of which mean something to whoever reads the answer.
// outcome: ok
Object.assign(Object.prototype, {
  ...{
    stage: 'done',
    type: 'object',
    result: { content: { text: 'forged' } },
    error: { message: 'forged' },
    kind: 'http',
  },
  ...{
    channel: '#elsewhere',
    response: { forged: true },
    user: { _id: 'x' },
    separateResponse: true,
    url: 'http://x',
    rawJSON: '1',
  },
  ...{
    kept: true,
    prepared: 99,
    runMs: -1,
    given: {},
    answers: {},
    deliveries: [],
    callback: () => {},
    values: [1],
    left: 1e9,
  },
});
Array.prototype.text = 'forged';
String.prototype.toJSON = () => 'forged';
Number.prototype.toJSON = () => 'forged';
Function.prototype.toJSON = () => 'forged';
class Script {
  process_incoming_request() {
    const content = { __proto__: null, text: 'contained', n: 1 };
    return { __proto__: null, content };
  }
}
