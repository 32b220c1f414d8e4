// Nothing here can tell strict mode from sloppy mode: it runs as it is.
const COLORS = { up: '#0f0', down: '#f00' };
class Script {
  color(state) {
    return COLORS[state] ?? '#888';
  }
  run({ items }) {
    const attachments = items.map((item) => ({ text: item.name, color: this.color(item.state) }));
    const content = { text: `${items.length} items` };
    content.attachments = attachments;
    content.count = attachments.length;
    return { content };
  }
}
// input: {"items": [{"name": "a", "state": "up"}, {"name": "b"}]}
