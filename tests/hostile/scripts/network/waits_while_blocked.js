// A server that says nothing, asked by HTTP, which holds V8's thread while it waits.
// outcome: wall-limit
// limits: wallS=0.3
class Script {
  process_incoming_request({ request }) {
    for (;;) HTTP('GET', `${request.content.far}/never`);
  }
}
