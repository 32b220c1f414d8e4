// console, kept with its execution. What it holds is JSON text, so that nothing a script patches
// later can change a line that was written.
// The worker has the lines stand where they are seen when this process has been ended: two words
// (characters so far, lines not kept), then a line of JSON after the other, each with its end.
const SHARED_BYTES = 262144;
const shared = new ArrayBuffer(SHARED_BYTES);
const sharedCounts = new Uint32Array(shared, 0, 2);
const sharedText = new Uint16Array(shared, 8);
const lines = { json: '', count: 0, chars: 0, dropped: 0, startedAt: 0, maxLines: 0, maxChars: 0 };
const groups = { depth: 0 };
const counters = new NativeMap();
const stopwatches = new NativeMap();

function resetConsole(limits) {
  lines.json = '';
  lines.count = 0;
  lines.chars = 0;
  lines.dropped = 0;
  lines.startedAt = readClock();
  lines.maxLines = limits.lines;
  lines.maxChars = limits.chars;
  groups.depth = 0;
  sharedCounts[0] = 0;
  sharedCounts[1] = 0;
}

function addLine(level, text) {
  const left = lines.maxChars - lines.chars;
  if (lines.count >= lines.maxLines || left <= 0) {
    lines.dropped += 1;
    sharedCounts[1] += 1;
    return;
  }
  const kept = text.length > left ? `${StringPrototypeSlice(text, 0, left)}…` : text;
  const json = `{"level":"${level}","text":${quote(kept)},"at":${readClock() - lines.startedAt}}`;
  lines.json += lines.count ? `,${json}` : json;
  const start = sharedCounts[0];
  const end = start + json.length;
  if (end < sharedText.length) {
    for (let i = 0; i < json.length; i += 1) sharedText[start + i] = StringPrototypeCharCodeAt(json, i);
    sharedText[end] = 10;
    sharedCounts[0] = end + 1;
  } else {
    sharedCounts[1] += 1; // too many escapes; the answer of a run that is not ended has it all the same
  }
  lines.count += 1;
  lines.chars += kept.length;
}

function consoleJson() {
  return `"console":[${lines.json}],"consoleDropped":${lines.dropped}`;
}

function formatArguments(values) {
  let out = '';
  for (let i = 0; i < groups.depth; i += 1) out += '  ';
  let next = 0;
  if (typeof values[0] === 'string' && values.length > 1 && StringPrototypeIncludes(values[0], '%')) {
    const filled = fillTemplate(values);
    out += filled.text;
    next = filled.used;
  }
  for (let i = next; i < values.length; i += 1) out += (i > 0 ? ' ' : '') + inspect(values[i]);
  return out;
}

/** printf-style: %s %d %i %f %j %o %O %c %%. */
function fillTemplate(values) {
  const template = values[0];
  let text = '';
  let used = 1;
  for (let i = 0; i < template.length; i += 1) {
    const code = template[i] === '%' ? template[i + 1] : undefined;
    if (code === '%') {
      text += '%';
      i += 1;
    } else if (code !== undefined && StringPrototypeIncludes('sdifjoOc', code) && used < values.length) {
      text += fillOne(code, values[used]);
      used += 1;
      i += 1;
    } else {
      text += template[i];
    }
  }
  return { text: wellFormed(text), used };
}

function fillOne(code, value) {
  switch (code) {
    case 's':
      return inspect(value);
    case 'c':
      return '';
    case 'd':
    case 'f':
      return typeof value === 'object' || typeof value === 'symbol' ? 'NaN' : `${+inspect(value)}`;
    case 'i':
      return typeof value === 'object' || typeof value === 'symbol' ? 'NaN' : `${MathFloor(+inspect(value))}`;
    case 'j':
      try {
        return toJson(value, INSPECT_CHARS) ?? 'undefined';
      } catch {
        return '[cannot be shown]';
      }
    default:
      return inspectValue(value, { left: INSPECT_CHARS, seen: new NativeSet() }, 0, true);
  }
}

function writer(level) {
  return (...values) => addLine(level, formatArguments(values));
}

const scriptConsole = {
  log: writer('log'),
  info: writer('info'),
  warn: writer('warn'),
  error: writer('error'),
  debug: writer('debug'),
  trace: writer('debug'),
  dir: (value) => addLine('log', inspect(value)),
  table: writer('log'),
  assert: (condition, ...values) => {
    if (!condition) addLine('error', `Assertion failed${values.length ? `: ${formatArguments(values)}` : ''}`);
  },
  group: (...values) => {
    if (values.length) addLine('log', formatArguments(values));
    groups.depth = MathMin(groups.depth + 1, 20);
  },
  groupEnd: () => {
    groups.depth = MathMax(groups.depth - 1, 0);
  },
  count: (label = 'default') => {
    const name = inspect(label);
    const count = (MapGet(counters, name) ?? 0) + 1;
    MapSet(counters, name, count);
    addLine('log', `${name}: ${count}`);
  },
  time: (label = 'default') => {
    MapSet(stopwatches, inspect(label), readClock());
  },
  timeEnd: (label = 'default') => {
    const name = inspect(label);
    const startedAt = MapGet(stopwatches, name);
    MapDelete(stopwatches, name);
    if (startedAt !== undefined) addLine('log', `${name}: ${readClock() - startedAt}ms`);
  },
};
