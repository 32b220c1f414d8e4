// Time and chance. A run sees both only through here, noted so that it can be repeated exactly.
const MAX_CLOCK_STEPS = 4000;
// `text` is "first time,times read,milliseconds on,times read,…"; in a repetition, `given` is that.
const clock = { text: '', steps: 0, last: 0, reads: 0, started: false, overflowed: false };
const repetition = { active: false, given: undefined, at: 0, left: 0, now: 0, diverged: false };
const chance = { a: 0, b: 0, c: 0, d: 0 };

/** Begin a run: a new note of the clock, and the four numbers that all its chance comes from. */
function resetClock(seed, given) {
  clock.text = '';
  clock.steps = 0;
  clock.reads = 0;
  clock.started = false;
  clock.overflowed = false;
  repetition.active = given !== undefined;
  repetition.given = given;
  repetition.at = 2;
  repetition.left = given === undefined ? 0 : given[1];
  repetition.now = given === undefined ? 0 : given[0];
  repetition.diverged = false;
  chance.a = seed[0];
  chance.b = seed[1];
  chance.c = seed[2];
  chance.d = seed[3];
  for (let i = 0; i < 12; i += 1) draw();
}

function readClock() {
  return repetition.active ? repeatClock() : noteClock(DateNow());
}

function noteClock(now) {
  if (clock.started && now === clock.last) {
    clock.reads += 1;
    return now;
  }
  if (!clock.started) clock.text = `${now}`;
  else if (clock.steps < MAX_CLOCK_STEPS) clock.text += `,${clock.reads},${now - clock.last}`;
  else clock.overflowed = true;
  clock.started = true;
  clock.steps += 1;
  clock.last = now;
  clock.reads = 1;
  return now;
}

function repeatClock() {
  const { given } = repetition;
  while (repetition.left <= 0) {
    if (repetition.at + 1 >= given.length) {
      repetition.diverged = true;
      return repetition.now;
    }
    repetition.now += given[repetition.at];
    repetition.left = given[repetition.at + 1];
    repetition.at += 2;
  }
  repetition.left -= 1;
  return repetition.now;
}

/** JSON of what was read; null when nothing was, or too much to note. */
function clockJson() {
  if (!clock.started || clock.overflowed) return 'null';
  return `[${clock.text},${clock.reads}]`;
}

/** The next 32 bits (sfc32). */
function draw() {
  const sum = (((chance.a + chance.b) | 0) + chance.d) | 0;
  chance.d = (chance.d + 1) | 0;
  chance.a = chance.b ^ (chance.b >>> 9);
  chance.b = (chance.c + (chance.c << 3)) | 0;
  chance.c = (chance.c << 21) | (chance.c >>> 11);
  chance.c = (chance.c + sum) | 0;
  return sum >>> 0;
}

function random() {
  return ((draw() >>> 5) * 67108864 + (draw() >>> 6)) / 9007199254740992;
}

function ScriptDate(...parts) {
  if (new.target === undefined) return DatePrototypeToString(new NativeDate(readClock()));
  return ReflectConstruct(NativeDate, parts.length === 0 ? [readClock()] : parts, new.target);
}

/** Put them in the place of the built-in ones. */
function installClock() {
  const hidden = (value) => ({ __proto__: null, value, writable: true, configurable: true, enumerable: false });
  ObjectDefineProperty(ScriptDate, 'name', { __proto__: null, value: 'Date', configurable: true });
  ObjectDefineProperty(ScriptDate, 'length', { __proto__: null, value: 7, configurable: true });
  ObjectDefineProperty(ScriptDate, 'prototype', { __proto__: null, value: NativeDate.prototype, writable: false });
  ObjectDefineProperty(ScriptDate, 'now', hidden({ now: () => readClock() }.now));
  ObjectDefineProperty(ScriptDate, 'parse', hidden(NativeDate.parse));
  ObjectDefineProperty(ScriptDate, 'UTC', hidden(NativeDate.UTC));
  ObjectDefineProperty(NativeDate.prototype, 'constructor', hidden(ScriptDate));
  ObjectDefineProperty(globalThis, 'Date', hidden(ScriptDate));
  ObjectDefineProperty(Math, 'random', hidden(random));
  const formats = Intl.DateTimeFormat.prototype;
  const formatOf = uncurry(ReflectGetOwnPropertyDescriptor(formats, 'format').get);
  const formatToParts = uncurry(formats.formatToParts);
  ObjectDefineProperty(formats, 'format', {
    __proto__: null,
    configurable: true,
    enumerable: false,
    get() {
      const format = formatOf(this);
      return (date) => format(date === undefined ? readClock() : date);
    },
  });
  ObjectDefineProperty(
    formats,
    'formatToParts',
    hidden(
      {
        formatToParts(date) {
          return formatToParts(this, date === undefined ? readClock() : date);
        },
      }.formatToParts,
    ),
  );
  delete globalThis.Temporal; // whose clock could not be noted
}
