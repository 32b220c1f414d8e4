// One run of one method: what the worker calls, and what it gets back as JSON text.
const current = { instance: undefined, run: undefined, limits: undefined };

/** Begin an execution: an empty console, and the limits of what may cross back. */
function begin(consoleLines, consoleChars, resultChars) {
  current.limits = { lines: consoleLines, chars: consoleChars, result: resultChars };
  resetConsole(current.limits);
}

/** Make the Script instance; answer an empty text when that went well. */
function instantiate(readScript) {
  try {
    const Script = readScript(); // a global getter may throw
    if (typeof Script !== 'function') return report('no-script', 'null');
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
      current.run = { state: 'pending', value: undefined };
      settle(result, current.run);
      return waiting();
    }
  } catch (thrown) {
    return report('run', failureJson(thrown));
  }
  return finish(result);
}

/** Go on with what a method awaits: run a due timer, look whether the promise settled. */
function resume() {
  if (current.run.state === 'pending') {
    // What a timer resolved settles only after this answer: look again before there is nothing to wait for.
    return runDueTimer() ? '{"waitMs":0}' : waiting();
  }
  const { state, value } = current.run;
  current.run = undefined;
  return state === 'failed' ? report('run', failureJson(value)) : finish(value);
}

/** Answer that the method is still waiting, and for how many milliseconds; -1: for no timer. */
function waiting() {
  return `{"waitMs":${nextTimerMs()}}`;
}

/** The console, once nothing runs any more. */
function drain() {
  return `{${consoleJson()}}`;
}

function abandon() {
  current.run = undefined;
  return report('never-settled', 'null');
}

function isThenable(value) {
  return typeof value === 'object' && value !== null && typeof value.then === 'function';
}

/** Note how a promise settles, in its own run: one abandoned earlier may settle during a later one. */
async function settle(promise, run) {
  try {
    run.value = await promise;
    run.state = 'done';
  } catch (thrown) {
    run.value = thrown;
    run.state = 'failed';
  }
}

function finish(result) {
  try {
    const json = toJson(result, current.limits.result);
    const type = result === null ? 'null' : typeof result;
    return `{"stage":"done","type":"${type}","result":${json ?? 'null'}}`;
  } catch (thrown) {
    const stage = ResultProblem.is(thrown) ? `result-${ResultProblem.kindOf(thrown)}` : 'run';
    return report(stage, failureJson(thrown));
  }
}

function report(stage, failure) {
  return `{"stage":"${stage}","error":${failure}}`;
}
