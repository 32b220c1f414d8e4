// A script so deep that the compiler cannot read it either: it runs as it is.
// outcome: ok
class Script {
  process_incoming_request() {
    undeclared = 1;
    return { content: { text: 'contained' } };
  }
}
