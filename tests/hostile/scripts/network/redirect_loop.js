// A server that sends everybody in a circle.
// outcome: ok
class Script {
  process_incoming_request({ request }) {
    const { message } = HTTP('GET', `${request.content.far}/around`).error;
    return { content: { text: /redirects more than 5 times/.test(message) ? 'contained' : message } };
  }
}
