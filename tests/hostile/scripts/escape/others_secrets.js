// Looks for what belongs to other integrations: secrets, instances, Store.
// outcome: ok
class Script {
  process_incoming_request() {
    const found = Reflect.ownKeys(secrets).map(String);
    for (const name of ['neighbour', 'n', 'a', '__proto__', 'constructor', 'toString']) {
      if (Store.get(name) !== undefined && name !== 'seen') found.push(`Store has ${name}`);
    }
    if (typeof neighbour !== 'undefined') found.push('a global of a neighbour');
    try {
      secrets.X = 1;
      Object.defineProperty(secrets, 'Y', { value: 1 });
      found.push('secrets can be written');
    } catch {
      // Frozen.
    }
    return { content: { text: found.join() || 'contained' } };
  }
}
