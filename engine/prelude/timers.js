// setTimeout without a host: the worker asks when the next timer is due, waits, and calls back.
const timers = new NativeMap();
let nextTimerId = 1;
const MAX_DELAY_MS = 2147483647;

function scriptSetTimeout(callback, delayMs, ...values) {
  if (typeof callback !== 'function') throw new TypeError('setTimeout needs a function');
  const delay = +delayMs;
  const id = nextTimerId;
  nextTimerId += 1;
  MapSet(timers, id, { dueAt: readClock() + (delay > 0 ? MathMin(delay, MAX_DELAY_MS) : 0), callback, values });
  return id;
}

function scriptClearTimeout(id) {
  MapDelete(timers, id);
}

/** The earliest timer's id; 0 when there is none. */
function earliestTimer() {
  let earliest = 0;
  let dueAt = Infinity;
  MapForEach(timers, (timer, id) => {
    if (timer.dueAt < dueAt) {
      dueAt = timer.dueAt;
      earliest = id;
    }
  });
  return earliest;
}

/** Milliseconds until the next timer; -1 when there is none. */
function nextTimerMs() {
  const id = earliestTimer();
  return id === 0 ? -1 : MathMax(0, MapGet(timers, id).dueAt - readClock());
}

/** Run the earliest timer when it is due, one so that its promises settle in between; tell whether it was. */
function runDueTimer() {
  const id = earliestTimer();
  if (id === 0) return false;
  const timer = MapGet(timers, id);
  if (timer.dueAt > readClock()) return false;
  MapDelete(timers, id);
  try {
    ReflectApply(timer.callback, undefined, timer.values);
  } catch (thrown) {
    addLine('error', `Uncaught in setTimeout: ${inspect(thrown)}`);
  }
  return true;
}
