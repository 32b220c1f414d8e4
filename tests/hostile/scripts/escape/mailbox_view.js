// Waits where typed arrays are made, for the buffer that the worker reads calls from.
// outcome: ok
const caught = [];
const TypedArray = Object.getPrototypeOf(Uint8Array);
const note = (value) => {
  if (ArrayBuffer.isView(value) && value.buffer.byteLength === 65536) caught.push('a view of 64 KiB');
};
for (const key of ['length', 'buffer', 'byteLength', 'byteOffset', Symbol.toStringTag]) {
  const real = Object.getOwnPropertyDescriptor(TypedArray.prototype, key);
  Object.defineProperty(TypedArray.prototype, key, {
    ...real,
    get() {
      note(this);
      return real.get.call(this);
    },
  });
}
for (const Kind of [Uint8Array, Uint16Array, ArrayBuffer]) {
  Object.defineProperty(Kind, Symbol.species, {
    get() {
      note(this);
      return Kind;
    },
  });
  Object.defineProperty(Kind.prototype, 'constructor', {
    get() {
      note(this);
      return Kind;
    },
  });
}
for (let i = 0; i < 40; i += 1) {
  Object.defineProperty(Object.prototype, i, {
    configurable: true,
    get() {
      note(this);
    },
    set(value) {
      note(this);
      note(value);
      Object.defineProperty(this, i, { value, writable: true, configurable: true, enumerable: true });
    },
  });
}
String.fromCharCode = (...codes) => caught.push(codes.length);
class Script {
  process_incoming_request({ request }) {
    const { far } = request.content;
    HTTP('GET', `${far}/large`);
    HTTP('POST', `${far}/echo`, { content: 'x'.repeat(100000) });
    Store.set('x', 'y'.repeat(50000));
    void moment;
    void URL;
    return { content: { text: caught.join() || 'contained' } };
  }
}
