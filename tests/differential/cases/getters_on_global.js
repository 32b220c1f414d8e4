Object.defineProperty(global, 'counted', { get() { return 42; }, configurable: true });
class Script { run() { counted = 1; return counted; } }
