// A result that contains itself.
// outcome: result-invalid
// error: refers back
class Script {
  process_incoming_request() {
    const content = { text: 'x' };
    content.content = content;
    return { content };
  }
}
