const order = [];
class Base {
  first = order.push('base field');
  constructor() { order.push('base body'); this.kind(); }
  kind() { order.push('base kind'); }
}
class Script extends Base {
  second = order.push('own field');
  constructor(...rest) {
    order.push('before super');
    super(...rest);
    order.push('after super');
  }
  kind() { order.push(`own kind ${this.second}`); }
  run() { n = 0; return order; }
}
