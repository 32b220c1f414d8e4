/* exported Script */
/* globals console */

/**
 * Jenkins: results of builds as chat messages, sent by its Notification plugin.
 *
 * Posts a build when it is final: result, duration, change, failed tests and the end of the log.
 * Ignores the phases before that, so one build is one message. Also posts what a pipeline says
 * itself with the step notifyEndpoints(phase: 'NONE', notes: '...').
 *
 * Payload: https://plugins.jenkins.io/notification/
 */

// Settings
const MAX_TESTS = 5; // failed tests listed per build
const MAX_LOG_LINES = 10; // of the log, when the endpoint sends one
const POST_SUCCESS = true; // false: only builds that need a look

const GREEN = '#2ea44f'; // success
const AMBER = '#d29922'; // unstable or aborted
const RED = '#d1242f'; // failure
const BLUE = '#0969da'; // a note from a pipeline

class Script {
  process_incoming_request({ request }) {
    const payload = request.content;
    const build = payload.build;
    if (!payload.name || !build?.phase) {
      return refuse('Not a Jenkins notification: expected a name and a build with a phase.');
    }
    console.log('Jenkins:', text(build.url), text(build.phase), text(build.status));

    const message = this.describe(payload, build);
    if (message) {
      return { content: { username: 'Jenkins', icon_emoji: ':construction_worker:', ...message } };
    }
  }

  describe(payload, build) {
    if (build.phase === 'NONE' && build.notes) {
      return this.note(payload, build);
    }
    if (build.phase === 'FINALIZED') {
      return this.result(payload, build);
    }
    return undefined;
  }

  result(payload, build) {
    const [outcome, color] = choose(build.status, {
      SUCCESS: POST_SUCCESS ? ['succeeded', GREEN] : [],
      UNSTABLE: ['is unstable', AMBER],
      ABORTED: ['was aborted', AMBER],
      FAILURE: ['failed', RED],
    });
    if (!outcome) {
      return undefined;
    }
    const isGood = build.status === 'SUCCESS';
    const scm = build.scm || {};
    const body = [failedTests(build), isGood ? '' : endOfLog(build), excerpt(build.notes)];
    return {
      text: `*${jobName(payload)}* ${buildLink(build)} ${outcome}`,
      attachments: [
        {
          color,
          text: body.filter(Boolean).join('\n') || undefined,
          fields: fields(
            ['Branch', oneLine(scm.branch).replace(/^origin\//, '')],
            ['Commit', oneLine(scm.commit).slice(0, 10)],
            ['Took', duration(Number(text(build.duration)) / 1000)],
            ['Tests', testCount(build.test_summary)],
            ['Changed files', oneLine(list(scm.changes).length || '')],
            ['Changed by', names(scm.culprits)],
            ['Artifacts', artifacts(build)],
          ),
          ts: instant(build.timestamp),
        },
      ],
    };
  }

  note(payload, build) {
    return {
      text: `*${jobName(payload)}* ${buildLink(build)}`,
      attachments: [{ color: BLUE, text: excerpt(build.notes), ts: instant(build.timestamp) }],
    };
  }
}

/** "payments » main": all folders of the job, which only its address tells. */
function jobName({ name, url }) {
  const steps = text(url)
    .split(/\/?job\//)
    .filter(Boolean)
    .map((step) => decoded(decoded(step.replace(/\/$/, ''))));
  return oneLine(steps.join(' » ')) || oneLine(name);
}

/** Multibranch jobs encode a slash in the name of a branch twice. */
function decoded(string) {
  try {
    return decodeURIComponent(string);
  } catch (error) {
    return string;
  }
}

function buildLink(build) {
  return link(`#${oneLine(build.number) || '?'}`, build.full_url);
}

function testCount(summary) {
  const total = Number(text(summary?.total));
  if (!total) {
    return '';
  }
  const skipped = Number(text(summary.skipped)) ? `, ${oneLine(summary.skipped)} skipped` : '';
  return `${oneLine(summary.failed) || 0} of ${total} failed${skipped}`;
}

function failedTests(build) {
  const names = list(build.test_summary?.failed_tests).map((name) => `- ${code(name)}`);
  const more = names.length - MAX_TESTS;
  return [...names.slice(0, MAX_TESTS), more > 0 ? `… and ${more} more` : ''].join('\n').trim();
}

function endOfLog(build) {
  const lines = text(build.log).trim().split('\n').slice(-MAX_LOG_LINES);
  const log = lines.map((line) => shorten(quiet(line), 160)).join('\n');
  return log && `\`\`\`\n${log.replace(/`/g, "'")}\n\`\`\``;
}

function artifacts(build) {
  return Object.entries(build.artifacts || {})
    .slice(0, 5)
    .map(([name, places]) => link(name, places?.archive || places?.s3))
    .join(', ');
}

/** Jenkins sends milliseconds since 1970. */
function instant(milliseconds) {
  const number = Number(text(milliseconds));
  return number > 0 && number < 8.64e15 ? new Date(number).toISOString() : undefined;
}

// Helpers. What strangers wrote must not ring, break a link or flood the room.

function refuse(message) {
  return { error: { success: false, message } };
}

/** Text and numbers as text; anything else, a missing value for example, as ''. */
function text(value) {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function oneLine(value, max = 100) {
  return shorten(quiet(text(value)).replace(/\s+/g, ' ').trim(), max);
}

/** The beginning of a longer Markdown text, without template comments and pictures. */
function excerpt(markdown, max = 400) {
  const plain = quiet(text(markdown).slice(0, 10 * max))
    .replace(/<!--[\s\S]*?-->/g, '')
    .replace(/!\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\r/g, '')
    .replace(/\n\s*\n/g, '\n\n')
    .trim();
  if (!plain) {
    return undefined;
  }
  const short = shorten(plain, max);
  const fences = short.split('```').length - 1;
  return fences % 2 ? `${short}\n\`\`\`` : short;
}

/** A zero-width space keeps "@all" readable without ringing; e-mail addresses stay whole. */
function quiet(string) {
  return string.replace(/(^|\W)@(?=\w)/g, '$1@\u200b');
}

function shorten(string, max) {
  const characters = Array.from(string);
  return characters.length > max
    ? `${characters
        .slice(0, max - 1)
        .join('')
        .trim()}…`
    : string;
}

/** Not every chat honours a backslash, so brackets that would end a link are replaced. */
function link(label, url) {
  const words = oneLine(label).replace(/\[/g, '(').replace(/\]/g, ')');
  const target = http(url);
  return target ? `[${words}](${target.replace(/\(/g, '%28').replace(/\)/g, '%29')})` : words;
}

function code(value) {
  return `\`${oneLine(value).replace(/`/g, "'") || '?'}\``;
}

function http(url) {
  return typeof url === 'string' && /^https?:\/\/\S+$/i.test(url) ? url : undefined;
}

/** The entry of the table for this key, or [] when there is none. */
function choose(key, table) {
  return Object.prototype.hasOwnProperty.call(table, text(key)) ? table[key] : [];
}

/** Attachment fields from [title, value] pairs; pairs without a value are left out. */
function fields(...pairs) {
  return pairs
    .filter(([, value]) => value)
    .map(([title, value]) => ({ title, value, short: value.length < 40 }));
}

function list(value) {
  return Array.isArray(value) ? value.filter(Boolean) : [];
}

/** The items, or one member of each, as "a, b, c". */
function names(items, key) {
  return list(items)
    .map((item) => oneLine(key ? item[key] : item))
    .filter(Boolean)
    .join(', ');
}

/** The two largest units, such as "4m 12s"; '' when there is nothing to tell. */
function duration(seconds) {
  const parts = [];
  let rest = Math.round(seconds);
  for (const [unit, size] of Object.entries({ d: 86400, h: 3600, m: 60, s: 1 })) {
    if (rest >= size && parts.length < 2) {
      parts.push(`${Math.floor(rest / size)}${unit}`);
      rest %= size;
    }
  }
  return parts.join(' ');
}
