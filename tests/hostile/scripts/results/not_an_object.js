// Nothing of what is expected: a function that looks like a result.
// outcome: ok
class Script {
  process_incoming_request() {
    const result = { content: Object.assign(Object.create({ text: 'inherited' }), { text: Object('contained') }) };
    return Object.assign(Object.create(result), { content: { text: new String('contained') } });
  }
}
