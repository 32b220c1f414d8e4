// What a script asks of the outside: one text, answered by one text. A call that the script waits for
// passes through a buffer that the worker reads and fills while V8 stands still; what is only awaited
// is handed over whenever the worker is answered anyway.
const MAILBOX_BYTES = 65536;
const HEADER_WORDS = 4;
const WINDOW_WORDS = 4096;
const REQUEST_PART = 1;
const REQUEST_END = 2;
const ANSWER_PART = 3;
const mailbox = new Uint16Array(new ArrayBuffer(MAILBOX_BYTES));
/** The worker finds the buffers here and leaves the function that makes it look into it. */
const plug = { __proto__: null, mailbox: mailbox.buffer, console: shared, ring: undefined };

const asked = { count: 0, turn: 0, outbox: '', pending: 0, deliveries: '', given: undefined };
const waitingCalls = new NativeMap();

/** Begin a run; `given` is what a run to be repeated was answered: {id: text}, and [turn, id] in order. */
function resetHost(given) {
  asked.count = 0;
  asked.turn = 0;
  asked.outbox = '';
  asked.pending = 0;
  asked.deliveries = '';
  asked.given = given;
  MapClear(waitingCalls);
}

/** Ask and wait. */
function askAndWait(text) {
  asked.count += 1;
  if (asked.given !== undefined) return givenAnswer(asked.count);
  sendParts(`${asked.count} ${text}`);
  return receiveParts();
}

/** Ask; `settled` gets the answer in a later turn. */
function askLater(text, settled) {
  asked.count += 1;
  asked.pending += 1;
  MapSet(waitingCalls, asked.count, settled);
  if (asked.given === undefined) {
    asked.outbox += `${asked.outbox === '' ? '' : ','}[${asked.count},${quote(text)}]`;
  }
}

/** Hand over what has been answered: [[id, text], …]. */
function deliver(answers) {
  asked.turn += 1;
  const due = asked.given === undefined ? answers : dueAnswers();
  for (let i = 0; i < due.length; i += 1) {
    const id = due[i][0];
    const settled = MapGet(waitingCalls, id);
    if (settled !== undefined) {
      MapDelete(waitingCalls, id);
      asked.pending -= 1;
      asked.deliveries += `${asked.deliveries === '' ? '' : ','}[${asked.turn},${id}]`;
      settled(due[i][1]);
    }
  }
}

/** What is to be sent, as JSON: [[id, text], …]. */
function takeOutbox() {
  const calls = asked.outbox;
  asked.outbox = '';
  return `[${calls}]`;
}

/** Whether a repeated run waits for what the recorded one never got. */
function isBeyondGiven() {
  if (asked.given === undefined || asked.pending === 0) return false;
  const { deliveries } = asked.given;
  const beyond = deliveries.length === 0 || asked.turn >= deliveries[deliveries.length - 1][0];
  if (beyond) repetition.diverged = true;
  return beyond;
}

function givenAnswer(id) {
  const answer = asked.given.answers[id];
  if (answer !== undefined) return answer;
  repetition.diverged = true;
  return '{"error":"this call was not made when the run was recorded"}';
}

function dueAnswers() {
  const due = [];
  const { deliveries } = asked.given;
  for (let i = 0; i < deliveries.length; i += 1) {
    if (deliveries[i][0] === asked.turn) {
      ObjectDefineProperty(due, due.length, {
        __proto__: null,
        value: [deliveries[i][1], givenAnswer(deliveries[i][1])],
        enumerable: true,
      });
    }
  }
  return due;
}

function sendParts(text) {
  const room = MAILBOX_BYTES / 2 - HEADER_WORDS;
  let at = 0;
  do {
    const count = MathMin(room, text.length - at);
    for (let i = 0; i < count; i += 1) mailbox[HEADER_WORDS + i] = StringPrototypeCharCodeAt(text, at + i);
    at += count;
    mailbox[0] = count;
    mailbox[1] = at < text.length ? REQUEST_PART : REQUEST_END;
    plug.ring();
  } while (at < text.length);
}

function receiveParts() {
  let text = '';
  for (;;) {
    const count = mailbox[0];
    for (let at = 0; at < count; at += WINDOW_WORDS) text += textAt(at, MathMin(WINDOW_WORDS, count - at));
    if (mailbox[1] !== ANSWER_PART) return text;
    plug.ring();
  }
}

/** Some of what is in the mailbox; many times as fast as by characters. */
function textAt(at, length) {
  const view = new NativeUint16Array(plug.mailbox, 2 * (HEADER_WORDS + at), length);
  // Nothing is left of what a script can change.
  ObjectDefineProperty(view, 'length', { __proto__: null, value: length });
  return ReflectApply(StringFromCharCode, undefined, ObjectSetPrototypeOf(view, null));
}

/** What the worker knows by itself: no call to the outside, and to be had at any time. */
function librarySource(name) {
  sendParts(`library ${name}`);
  return receiveParts();
}
