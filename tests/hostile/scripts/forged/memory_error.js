// Throws the words that V8 uses when memory is at its end. They are taken for what they say.
// outcome: memory-limit
// error: Array buffer allocation failed
class Script {
  process_incoming_request() {
    throw new RangeError('Array buffer allocation failed');
  }
}
