// As many empty objects as fit: small as JSON, large in the server.
// outcome: ok
class Script {
  process_incoming_request() {
    return { content: { text: 'contained', more: Array.from({ length: 340000 }, () => ({})) } };
  }
}
