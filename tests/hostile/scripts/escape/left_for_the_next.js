// Spoils everything it can reach, for whoever runs in this process next.
// outcome: ok
class Script {
  process_incoming_request() {
    const spoil = (object) => {
      for (const key of Reflect.ownKeys(object)) {
        try {
          object[key] = () => 'spoilt';
        } catch {
          continue;
        }
      }
    };
    const answer = { __proto__: null, content: { __proto__: null, text: 'contained' } };
    [
      JSON,
      Math,
      Reflect,
      Promise,
      Map.prototype,
      Set.prototype,
      String.prototype,
      Number.prototype,
      RegExp.prototype,
      Date.prototype,
      Array.prototype,
      Function.prototype,
      Error,
      Intl,
      console,
      Store,
      HTTP,
      Object,
    ].forEach(spoil);
    globalThis.console = globalThis.fetch = globalThis.Store = globalThis.setTimeout = undefined;
    return answer;
  }
}
