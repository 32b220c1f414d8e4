// Fills it by small values under ever new names.
// outcome: run-error
// error: Store holds 65536 bytes
class Script {
  process_incoming_request() {
    for (let i = 0; ; i += 1) Store.set(`k${i}`, { i });
  }
}
