// Makes code of text by all four constructors, and looks around from there.
// outcome: ok
class Script {
  async process_incoming_request() {
    const look = `
      const names = ['process', 'require', 'module', 'exports', '__dirname', 'Deno', 'Bun', 'Java', 'Packages', 'load',
        'read', 'readFile', 'print', 'quit', 'd8', 'os', 'std', 'gc', 'version', 'Worker', 'postMessage', 'importScripts',
        'XMLHttpRequest', 'WebSocket', 'EventSource', 'document', 'window', 'ActiveXObject', 'ivm', 'isolate', '_py',
        'python', '__python__', 'mr', 'MiniRacer', 'performance', 'queueMicrotask', 'structuredClone', 'plug', 'mailbox',
        'ring', 'more', 'entry', 'prelude', 'Temporal', 'ShadowRealm'];
      return names.filter((name) => { try { return eval('typeof ' + name) !== 'undefined' } catch { return true } });`;
    const AsyncFunction = (async () => {}).constructor;
    const GeneratorFunction = function* () {}.constructor;
    const AsyncGeneratorFunction = async function* () {}.constructor;
    const found = [
      ...Function(look)(),
      ...(await AsyncFunction(look)()),
      ...GeneratorFunction(look)().next().value,
      ...(await AsyncGeneratorFunction(look)().next()).value,
      ...(0, eval)(`(() => {${look}})()`),
    ];
    return { content: { text: found.join() || 'contained' } };
  }
}
