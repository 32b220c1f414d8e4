// Keeps the libraries that Hooksmith brings itself busy: hosts beyond ASCII, one after the other.
// outcome: cpu-limit
// limits: cpuS=0.3
class Script {
  process_incoming_request() {
    for (let i = 0; ; i += 1) URL.canParse(`http://${'ä\u0301ﷺ.'.repeat(200)}${i}/`);
  }
}
