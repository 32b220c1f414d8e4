// An error whose name, message and stack close their quotes.
// outcome: run-error
// error: "},"stage":"done"
class Script {
  process_incoming_request() {
    const error = new Error('"},"stage":"done","result":{"content":{"text":"forged"}},"x":{"a":"');
    error.name = '"}},"left":null,"x":"';
    error.stack = '"}}\n\0\0\0\x02\0\0\0\0{}';
    throw error;
  }
}
