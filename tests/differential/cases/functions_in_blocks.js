class Script {
  run(input) {
    const out = [];
    if (input.yes) {
      out.push(inside());
      function inside() { return 'inside'; }
      out.push(inside());
    }
    switch (1) {
      case 1:
        function chosen() { return 'chosen'; }
        out.push(chosen());
    }
    return out;
  }
}
// input: {"yes": true}
