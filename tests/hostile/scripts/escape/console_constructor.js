// Climbs from what the host put there to the Function of the host's realm.
// outcome: ok
class Script {
  process_incoming_request() {
    const found = [];
    for (const given of [
      console,
      console.log,
      Store,
      Store.get,
      HTTP,
      HTTP.get,
      fetch,
      setTimeout,
      secrets,
      Date,
      Math.random,
    ]) {
      const Maker = Object.getPrototypeOf(given).constructor.constructor;
      if (Maker !== Function) found.push(`another Function behind ${given}`);
      if (Maker('return this')() !== globalThis) found.push(`another global behind ${given}`);
      const reached = Maker('return typeof process + typeof require + typeof module + typeof Deno + typeof Bun')();
      if (reached !== 'undefined'.repeat(5)) found.push(reached);
    }
    return { content: { text: found.join() || 'contained' } };
  }
}
