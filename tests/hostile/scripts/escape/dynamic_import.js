// Modules by every kind of name: nothing loads any.
// outcome: ok
class Script {
  async process_incoming_request({ request }) {
    const found = [];
    const names = [
      ...['fs', 'node:fs', './x.js', '/etc/passwd', 'file:///etc/passwd', `${request.content.trap}/x.js`],
      ...['data:text/javascript,export default 1', 'data:application/wasm;base64,AGFzbQEAAAA=', '', 'std', 'os'],
    ];
    for (const name of names) {
      for (const load of [(n) => import(n), (n) => Function('n', 'return import(n)')(n), (n) => eval('import(n)', n)]) {
        await load(name).then(
          () => found.push(name),
          () => {},
        );
      }
      await import(name, { with: { type: 'json' } }).then(
        () => found.push(`${name} as JSON`),
        () => {},
      );
    }
    return { content: { text: found.join() || 'contained' } };
  }
}
