const Named = (Parent) => class extends Parent { named() { return `named ${this.constructor.name}`; } };
class Script extends Named(class { base() { return 'base'; } }) {
  run() { q = 1; return [this.named(), this.base()]; }
}
