// One run of one method: what the worker calls, and what it gets back. An answer is a letter and JSON:
// D when the run is done ({stage, …}), L when there is no instance to run ({stage, …}), W when it waits
// ({waitMs: until the next timer or -1, pending: calls not answered yet, calls: [[id, text], …]}).
const current = { instance: undefined, run: undefined, method: null, argumentJson: '', resultChars: 0 };

/**
 * Begin a run: an empty console, the limits of what may cross back, and where time and chance begin.
 *
 * What it is about is in the mailbox: {method, lines, chars, resultChars, seed, given}, and after a
 * line break the argument. `given` is what a recorded run saw, {clock, answers, deliveries}; it is
 * repeated then.
 */
function begin() {
  const text = receiveParts();
  const end = StringPrototypeIndexOf(text, '\n');
  const { method, lines, chars, resultChars, seed, given } = JSONParse(StringPrototypeSlice(text, 0, end));
  current.method = method;
  current.argumentJson = StringPrototypeSlice(text, end + 1);
  current.resultChars = resultChars;
  const repeated = given ?? undefined;
  resetClock(seed, repeated?.clock);
  resetHost(repeated);
  resetStore();
  resetConsole({ lines, chars });
}

/** Make the Script instance and call its method; without one, only make it. */
function start(readScript) {
  try {
    const Script = readScript(); // a global getter may throw
    if (typeof Script !== 'function') return `L${report('no-script', 'null')}`;
    current.instance = ReflectConstruct(Script, []);
  } catch (thrown) {
    return `L${report('load', failureJson(thrown))}`;
  }
  return current.method === null ? 'D{"stage":"done","type":"undefined","result":null}' : call();
}

/** Call the method with the argument parsed in this realm. */
function call() {
  const run = { pending: true, outcome: '' };
  const { argumentJson } = current;
  current.run = run;
  current.argumentJson = '';
  try {
    const method = current.instance[current.method];
    if (typeof method !== 'function') return `D${report('no-method', 'null')}`;
    const result = ReflectApply(method, current.instance, [JSONParse(argumentJson)]);
    if (isThenable(result)) settle(result, run);
    else end(run, finish(result));
  } catch (thrown) {
    end(run, report('run', failureJson(thrown)));
  }
  return progress();
}

/** Go on with what a method awaits: what was answered meanwhile ([[id, text], …]), and a due timer. */
function resume(answers) {
  deliver(answers);
  // What a timer or an answer resolved settles only after this: look again before there is nothing to wait for.
  if (current.run.pending && runDueTimer()) return waiting(0);
  return progress();
}

/** A run ends when its method has, and all that it asked of the outside is answered. */
function progress() {
  if (current.run.pending) return waiting(nextTimerMs());
  return asked.pending > 0 ? waiting(-1) : `D${current.run.outcome}`;
}

function waiting(waitMs) {
  const pending = isBeyondGiven() ? 0 : asked.pending;
  return `W{"waitMs":${waitMs},"pending":${pending},"calls":${takeOutbox()}}`;
}

/** What else a run leaves, once nothing runs any more: console, Store, and what it saw. */
function drain() {
  const store = storeJson(); // which may run the script's own toJSON
  return (
    `{${consoleJson()},${store},"clock":${clockJson()},"deliveries":[${asked.deliveries}],` +
    `"diverged":${repetition.diverged}}`
  );
}

function abandon() {
  if (!current.run.pending) return `D${current.run.outcome}`;
  return `D${report('never-settled', 'null')}`;
}

function isThenable(value) {
  return typeof value === 'object' && value !== null && typeof value.then === 'function';
}

/** Note how a promise settles, in its own run: one abandoned earlier may settle during a later one. */
async function settle(promise, run) {
  try {
    const value = await promise;
    end(run, finish(value));
  } catch (thrown) {
    end(run, report('run', failureJson(thrown)));
  }
}

function end(run, outcome) {
  run.outcome = outcome;
  run.pending = false;
}

function finish(result) {
  try {
    const json = toJson(result, current.resultChars);
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
