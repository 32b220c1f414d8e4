// An error of tens of megabytes at the top level, where V8 itself tells of it.
// outcome: load-error
// error: xxxx
const error = new Error('x'.repeat(1 << 24));
error.stack = '\n '.repeat(1 << 20) + '^\n'.repeat(1 << 20);
throw error;
