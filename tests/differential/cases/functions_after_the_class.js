class Script {
  run(input) { used = format(input); return [used, LIMITS.max, new Later().v]; }
}
function format(x) { bold = `*${x}*`; return bold; }
var LIMITS = { max: 5 };
class Later { v = 'late'; }
// input: "x"
