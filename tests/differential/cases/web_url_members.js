// What the two look like from outside: own and inherited members, in order, and how they are called.
class Script {
  shape(owner) {
    return Reflect.ownKeys(owner)
      .filter((key) => !String(key).includes('inspect') && !String(key).endsWith('ObjectURL'))
      .map((key) => {
        const { value, get, set, writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(owner, key);
        const kind = typeof value === 'function' ? [value.name, value.length] : typeof value;
        return [String(key), kind, get && get.name, set && set.name, writable, enumerable, configurable].join(' ');
      })
      .sort();
  }
  run() {
    const url = new URL('https://h/?a=1');
    const seen = [];
    for (const name in url) seen.push(name);
    const iterator = url.searchParams.keys();
    return [
      [URL, URL.prototype, URLSearchParams, URLSearchParams.prototype].map(this.shape),
      this.shape(Object.getPrototypeOf(iterator)),
      [URL, URLSearchParams].map((one) => [typeof one, one.name, one.length]),
      [url, url.searchParams, iterator].map((one) => Object.prototype.toString.call(one)),
      seen.sort(),
      Object.keys(url),
      JSON.stringify([url.searchParams, { url }]),
      URLSearchParams.prototype[Symbol.iterator] === URLSearchParams.prototype.entries,
    ];
  }
}
