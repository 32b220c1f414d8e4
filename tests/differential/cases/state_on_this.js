class Script {
  constructor() { this.count = 0; this.self = this; }
  next() { return ++this.count; }
  run() { calls = [this.next(), this.next()]; this.list = (this.list || []).concat(calls); return [this.list, this.self.count]; }
}
