class Script {
  run() {
    const before = [typeof later, helper(), late];
    var later = 1;
    implicit = 2;
    function helper() { return 'helper'; }
    return [before, later, typeof afterwards()];
  }
}
var late = 'set';
function afterwards() { return table.x; }
const table = { x: 1 };
