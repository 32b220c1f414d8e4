class Script {
  run() { m = 1; return helper(null); }
}
function helper(x) {
  return x.text; // error here
}
