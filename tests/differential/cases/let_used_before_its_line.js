class Script {
  run(input) {
    if (!input.x) title = 'none';
    let title = title || input.x;
    switch (input.kind) {
      case 'a':
        let message = 'A';
        break;
      default:
        message = 'other';
    }
    return title;
  }
}
// input: {"kind": "b"}
