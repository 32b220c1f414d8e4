// A reviver that puts an array without end where JSON.parse goes next.
// outcome: cpu-limit
// limits: cpuS=0.2
class Script {
  process_incoming_request() {
    const endless = new Proxy([], { get: (_, key) => (key === 'length' ? Number.MAX_SAFE_INTEGER : 0) });
    JSON.parse('[0,0]', function (key, value) {
      if (key === '0') this[1] = endless;
      return value;
    });
  }
}
