// Detaches, resizes and transfers buffers while views look into them.
// outcome: ok
class Script {
  process_incoming_request() {
    const found = [];
    const buffer = new ArrayBuffer(64, { maxByteLength: 4096 });
    const view = new Uint8Array(buffer);
    const words = new Float64Array(buffer);
    view.sort(() => (buffer.resize(0), 1));
    if (view.length !== 0 || words[0] !== undefined) found.push('a view of what is gone');
    buffer.resize(4096);
    buffer.transfer(8);
    if (!buffer.detached || view[0] !== undefined || words.length !== 0) found.push('a view of a detached buffer');
    const other = new Uint8Array(new ArrayBuffer(1 << 16, { maxByteLength: 1 << 16 }));
    const shrink = { valueOf: () => (other.buffer.resize(0), 65) };
    other.fill(shrink);
    if (other.length !== 0 || other[9] !== undefined) found.push('a filled view of what is gone');
    other.buffer.resize(1 << 16);
    const rest = [
      other.indexOf(1, shrink),
      other.slice(shrink).length,
      other.subarray(0, shrink).length,
      other.lastIndexOf(0, shrink),
    ];
    if (rest.some((one) => one > 0)) found.push(`parts of what is gone: ${rest}`);
    return { content: { text: found.join() || 'contained' } };
  }
}
