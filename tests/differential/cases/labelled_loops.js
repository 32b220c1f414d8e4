class Script {
  run() {
    const seen = [];
    outer: for (a = 0; a < 3; a++) {
      for (b = 0; b < 3; b++) {
        if (b === 1) continue outer;
        if (a === 2) break outer;
        seen.push([a, b]);
      }
    }
    block: { if (seen.length) break block; seen.push('never'); }
    return seen;
  }
}
