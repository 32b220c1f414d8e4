// Spins while the console looks at a value.
// outcome: cpu-limit
// limits: cpuS=0.2
class Script {
  process_incoming_request() {
    const trap = () => {
      for (;;);
    };
    console.log(new Proxy({}, { ownKeys: trap, getOwnPropertyDescriptor: trap, getPrototypeOf: trap, get: trap }));
  }
}
