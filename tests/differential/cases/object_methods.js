const tools = {
  base: 1,
  plus(n) { return this.base + n; },
  get value() { return this.base; },
  set value(v) { this.base = v; },
  ['com' + 'puted']: 3,
  inherited() { return super.inherited() + 'down'; },
};
Object.setPrototypeOf(tools, { inherited() { return 'up'; } });
class Script { run() { tools.value = 4; z = tools.plus(1); return [z, tools.value, tools.computed, tools.inherited()]; } }
