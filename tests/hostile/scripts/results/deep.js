// An object in an object, three hundred times.
// outcome: result-invalid
// error: nested more than 100 levels
class Script {
  process_incoming_request() {
    let content = { text: 'x' };
    for (let i = 0; i < 300; i += 1) content = { content };
    return content;
  }
}
