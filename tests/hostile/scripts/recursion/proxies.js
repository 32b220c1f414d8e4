// A hundred thousand proxies, one around the other.
// outcome: run-error
// error: Maximum call stack size exceeded
class Script {
  process_incoming_request() {
    let proxy = {};
    for (let i = 0; i < 100000; i += 1) proxy = new Proxy(proxy, {});
    return { content: { text: `${proxy.x}` } };
  }
}
