prefix = 'top';
class Script {
  run() {
    prefix += '!';
    counter = typeof counter === 'undefined' ? 1 : counter + 1;
    return prefix + counter;
  }
}
