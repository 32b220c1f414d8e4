// A comparator that contradicts itself, on an array that it makes longer while it is sorted.
// outcome: cpu-limit
// limits: cpuS=0.2
class Script {
  process_incoming_request() {
    const list = Array.from({ length: 50000 }, (_, i) => i);
    for (;;) {
      list.sort(() => {
        list.push(1);
        list.length = 50000;
        return Math.random() - 0.5;
      });
    }
  }
}
