class Script {
  run() {
    const log = [];
    try { try { w1 = null; w1.x; } finally { log.push('finally'); } } catch ({ name }) { log.push(name); }
    try { JSON.parse('{'); } catch { log.push('caught'); }
    return log;
  }
}
