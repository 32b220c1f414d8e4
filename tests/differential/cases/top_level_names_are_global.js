const table = { a: 1 };
let word = 'w';
class Helper {}
class Script {
  run() {
    return [global.table, globalThis['word'], typeof global.Helper, typeof global.Script];
  }
}
