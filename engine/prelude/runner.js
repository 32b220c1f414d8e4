// One run of one method: what the worker calls, and what it gets back as JSON text.
const current = { instance: undefined, state: 'idle', stage: '', value: undefined, limits: undefined };

/** Begin an execution: an empty console, and the limits of what may cross back. */
function begin(consoleLines, consoleChars, resultChars) {
  current.limits = { lines: consoleLines, chars: consoleChars, result: resultChars };
  resetConsole(current.limits);
}

/** Make the Script instance; answer an empty text when that went well. */
function instantiate(Script) {
  if (typeof Script !== 'function') return report('no-script', 'null');
  try {
    current.instance = ReflectConstruct(Script, []);
    return '';
  } catch (thrown) {
    return report('load', failureJson(thrown));
  }
}

/** Call a method with the argument parsed in this realm; answer the outcome, or how long to wait. */
function call(name, argumentJson) {
  let result;
  try {
    const method = current.instance[name];
    if (typeof method !== 'function') return report('no-method', 'null');
    result = ReflectApply(method, current.instance, [JSONParse(argumentJson)]);
    if (isThenable(result)) {
      current.state = 'pending';
      settle(result);
      return waiting();
    }
  } catch (thrown) {
    return report('run', failureJson(thrown));
  }
  return finish(result);
}

/** Go on with what a method awaits: run a due timer, look whether the promise settled. */
function resume() {
  if (current.state === 'pending') {
    runDueTimer();
    return waiting();
  }
  const { state, value } = current;
  current.state = 'idle';
  current.value = undefined;
  return state === 'failed' ? report('run', failureJson(value)) : finish(value);
}

/** Answer that the method is still waiting, and for how many milliseconds; -1: for no timer. */
function waiting() {
  return `{"waitMs":${nextTimerMs()}}`;
}

/** The console alone: for a script that failed while it was loaded. */
function drain() {
  return `{${consoleJson()}}`;
}

function abandon() {
  current.state = 'idle';
  return report('never-settled', 'null');
}

function isThenable(value) {
  return typeof value === 'object' && value !== null && typeof value.then === 'function';
}

async function settle(promise) {
  try {
    current.value = await promise;
    current.state = 'done';
  } catch (thrown) {
    current.value = thrown;
    current.state = 'failed';
  }
}

function finish(result) {
  try {
    const json = toJson(result, current.limits.result);
    const type = result === null ? 'null' : typeof result;
    return `{"stage":"done","type":"${type}","result":${json ?? 'null'},${consoleJson()}}`;
  } catch (thrown) {
    const stage = thrown instanceof ResultProblem ? `result-${thrown.kind}` : 'run';
    return report(stage, failureJson(thrown));
  }
}

function report(stage, failure) {
  return `{"stage":"${stage}","error":${failure},${consoleJson()}}`;
}
