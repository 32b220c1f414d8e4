// Hands over JSON that is to be taken as it is.
// outcome: ok
class Script {
  process_incoming_request() {
    const raw = JSON.rawJSON?.('"x"');
    const content = { text: 'contained', raw, list: [raw], nested: { toJSON: () => raw } };
    return { content };
  }
}
