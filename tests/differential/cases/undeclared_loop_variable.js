// The loop of the best-known Alertmanager script.
class Script {
  run({ alerts }) {
    const names = [];
    for (i = 0; i < alerts.length; i++) names.push(alerts[i]);
    return { names, i, there: global.i };
  }
}
// input: {"alerts": ["a", "b"]}
