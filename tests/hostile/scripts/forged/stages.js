// Throws, rejects and returns what looks like the prelude's own words for how a run ended.
// outcome: run-error
// error: an object was thrown
class Script {
  async process_incoming_request() {
    throw {
      ...{ stage: 'done', kind: 'too-large', type: 'object', result: { content: { text: 'forged' } }, pending: false },
      ...{ outcome: '{"stage":"done","type":"object","result":{"content":{"text":"forged"}}}', name: 'JSOOMException' },
      toString: () => 'D{"stage":"done","type":"object","result":{"content":{"text":"forged"}}}',
    };
  }
}
