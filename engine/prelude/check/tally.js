// What is found, with where: the first places of each, and how often it is there.

const MOST_KINDS = 500;
const MOST_PLACES = 20;

class Tally {
  constructor(source) {
    this.groups = new Map();
    this.starts = [0];
    const lineEnd = /\r\n|[\n\r\u2028\u2029]/g;
    while (lineEnd.exec(source)) this.starts.push(lineEnd.lastIndex);
  }

  /** Count one more of what these facts say, at a node. */
  add(facts, node) {
    const key = JSON.stringify(facts);
    const group = this.groups.get(key);
    if (group) {
      group.count += 1;
      if (group.places.length < MOST_PLACES) group.places.push(node.start);
    } else if (this.groups.size < MOST_KINDS) {
      this.groups.set(key, { facts, count: 1, places: [node.start] });
    }
  }

  /** [{…facts, count, places: [[line, column], …]}], in the order of the text; lines and columns count from 1. */
  list() {
    const groups = [...this.groups.values()];
    for (const { places } of groups) places.sort((a, b) => a - b);
    groups.sort((a, b) => a.places[0] - b.places[0]);
    return groups.map(({ facts, count, places }) => ({
      ...facts,
      count,
      places: places.map((at) => this.position(at)),
    }));
  }

  position(at) {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle] <= at) low = middle;
      else high = middle - 1;
    }
    return [low + 1, at - this.starts[low] + 1];
  }
}
