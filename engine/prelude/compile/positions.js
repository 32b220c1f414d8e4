// Changes of a text that keep its lines, and where each column of the new text was in the old one.

class Edits {
  constructor(source) {
    this.source = source;
    this.changes = [];
  }

  /** Put a text in place of another, whose line ends stay; what fails in it is said to fail at `place`. */
  replace(start, end, text, place = start) {
    const lineEnds = this.source.slice(start, end).match(/\r\n|[\n\r\u2028\u2029]/g) ?? [];
    this.changes.push({ start, end, text: text + lineEnds.join(''), place, order: this.changes.length });
  }

  insert(at, text) {
    this.replace(at, at, text);
  }

  get isEmpty() {
    return this.changes.length === 0;
  }

  /**
   * The new text, and its map: line -> [column, source column] where a part that was kept begins, and
   * [column, source column, 0] where one that was added does; columns count from 1.
   */
  apply() {
    const changes = this.changes.sort((a, b) => a.start - b.start || a.end - b.end || a.order - b.order);
    const writer = new MappedText(this.source);
    let at = 0;
    for (const { start, end, text, place } of changes) {
      writer.keep(at, start);
      writer.add(text, place);
      at = end;
    }
    writer.keep(at, this.source.length);
    return { text: writer.text, map: writer.map };
  }
}

class MappedText {
  constructor(source) {
    this.source = source;
    this.text = '';
    this.map = {};
    this.line = 1;
    this.lineStart = 0;
    this.sourceLineStart = 0;
    this.nextLineStart = 0;
  }

  keep(start, end) {
    if (start < end) this.write(this.source.slice(start, end), start, true);
  }

  add(text, place) {
    if (text) this.write(text, place, false);
  }

  write(text, place, kept) {
    this.mark(place, kept);
    const lineEnd = /\r\n|[\n\r\u2028\u2029]/g;
    const before = this.text.length;
    for (let found; (found = lineEnd.exec(text));) {
      this.line += 1;
      this.lineStart = before + lineEnd.lastIndex;
    }
    this.text += text;
  }

  mark(place, kept) {
    const column = this.text.length - this.lineStart + 1;
    const wasAt = place - this.lineStartBefore(place) + 1;
    const entries = (this.map[this.line] ??= []);
    if (entries.at(-1)?.[0] === column) entries.pop();
    entries.push(kept ? [column, wasAt] : [column, wasAt, 0]);
    if (entries.length === 1 && kept && column === wasAt) delete this.map[this.line];
  }

  /** Where the source line of a place begins; places come in ascending order. */
  lineStartBefore(place) {
    const lineEnd = /\r\n|[\n\r\u2028\u2029]/g;
    lineEnd.lastIndex = this.sourceLineStart;
    for (let found; this.nextLineStart <= place; this.nextLineStart = found ? lineEnd.lastIndex : Infinity) {
      this.sourceLineStart = this.nextLineStart;
      lineEnd.lastIndex = this.sourceLineStart;
      found = lineEnd.exec(this.source);
    }
    return this.sourceLineStart;
  }
}

/** Line and column of a place in a text, from 1. */
function positionOf(source, offset) {
  const lines = source.slice(0, offset).split(/\r\n|[\n\r\u2028\u2029]/);
  return { line: lines.length, column: lines.at(-1).length + 1 };
}
