const mode = 0644, escape = '\033[1m';
class Script {
  run() { return [mode, escape]; }
}
