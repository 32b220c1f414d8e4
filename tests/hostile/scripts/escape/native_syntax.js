// V8's own commands, and what its flags would bring.
// outcome: ok
class Script {
  process_incoming_request() {
    const found = [];
    for (const code of [
      '%DebugPrint(1)',
      '%GetOptimizationStatus(eval)',
      '%SystemBreak()',
      'gc()',
      'import.meta.url',
    ]) {
      try {
        eval(code);
        found.push(code);
      } catch {
        continue;
      }
    }
    for (const name of [
      'externalizeString',
      'createExternalizableString',
      'cputracemark',
      'getIgnitionDispatchCounters',
      'v8debug',
      'Debug',
    ]) {
      if (typeof globalThis[name] !== 'undefined') found.push(name);
    }
    return { content: { text: found.join() || 'contained' } };
  }
}
