/* exported Script */
/* globals console */

/**
 * Sentry: webhooks of an internal integration as chat messages.
 *
 * Posts issue alerts with the line that failed, metric alerts, and issues that are new, resolved,
 * back, archived or assigned. Ignores single errors, comments and installation events.
 *
 * Payloads: https://docs.sentry.io/integrations/integration-platform/webhooks/
 */

const GREEN = '#2ea44f'; // resolved
const RED = '#d1242f'; // errors, critical alerts
const AMBER = '#d29922'; // warnings, and issues that are back
const BLUE = '#0969da'; // for information
const LEVEL_COLORS = new Map([
  ['warning', AMBER],
  ['info', BLUE],
  ['debug', BLUE],
]);

class Script {
  process_incoming_request({ request }) {
    const resource = request.headers['sentry-hook-resource'];
    const payload = request.content;

    if (!resource || !payload.data) {
      return refuse('Not a Sentry webhook: expected a Sentry-Hook-Resource header and data.');
    }
    console.log('Sentry:', resource, text(payload.action));

    const message = this.describe(resource, payload);
    if (message) {
      return { content: { username: 'Sentry', icon_emoji: ':beetle:', ...message } };
    }
  }

  describe(resource, payload) {
    switch (resource) {
      case 'event_alert':
        return this.issueAlert(payload);
      case 'metric_alert':
        return this.metricAlert(payload);
      case 'issue':
        return this.issue(payload);
      default:
        return undefined;
    }
  }

  issueAlert({ data }) {
    const event = data.event || {};
    const rule = oneLine(data.triggered_rule) || 'An alert rule';
    return {
      text: `*${rule}* was triggered in *${projectOf(event)}*`,
      attachments: [
        {
          color: levelColor(event.level),
          title: oneLine(event.title, 150) || 'Event',
          title_link: http(event.web_url),
          text: failingLine(event) || code(event.culprit),
          fields: fields(
            ['Level', oneLine(event.level)],
            ['Environment', oneLine(event.environment) || tag(event, 'environment')],
            ['Release', oneLine(event.release) || tag(event, 'release')],
            ['Transaction', oneLine(event.transaction) || tag(event, 'transaction')],
            ['Server', tag(event, 'server_name')],
            ['Browser', tag(event, 'browser')],
          ),
          ts: time(event.datetime),
        },
      ],
    };
  }

  metricAlert({ action, data }) {
    const alert = data.metric_alert || {};
    const rule = alert.alert_rule || {};
    const [color] = choose(action, { critical: [RED], warning: [AMBER], resolved: [GREEN] });
    const isOver = action === 'resolved';
    return {
      text: `*${oneLine(data.description_title) || oneLine(rule.name) || 'Metric alert'}*`,
      attachments: [
        {
          color: color || BLUE,
          title: oneLine(rule.name, 150) || oneLine(alert.title, 150),
          title_link: http(data.web_url),
          text: excerpt(text(data.description_text).replace(/\\n/g, '\n')),
          fields: fields(
            ['Projects', names(alert.projects)],
            ['Environment', oneLine(rule.environment)],
            ['Measures', oneLine(rule.aggregate)],
            ['Filter', oneLine(rule.query)],
            ['Lasted', isOver ? duration(between(alert.date_started, alert.date_closed)) : ''],
          ),
          ts: time(isOver ? alert.date_closed : alert.date_detected),
        },
      ],
    };
  }

  issue({ action, data, actor }) {
    const issue = data.issue || {};
    const who = actor?.type === 'user' ? `*${oneLine(actor.name)}*` : 'Sentry';
    const name = `*${oneLine(issue.shortId) || 'an issue'}*`;
    const owner = oneLine(issue.assignedTo?.name) || 'someone';
    const [sentence, color] = choose(action, {
      created: [`New issue ${name}`, levelColor(issue.level)],
      unresolved: [`${name} is ${backAs(issue.substatus)}`, AMBER],
      resolved: [`${who} resolved ${name}`, GREEN],
      archived: [`${who} archived ${name}`, BLUE],
      ignored: [`${who} archived ${name}`, BLUE], // the older word
      assigned: [`${who} assigned ${name} to *${owner}*`, BLUE],
    });
    if (!sentence) {
      return undefined;
    }
    return {
      text: `${sentence} in *${oneLine(issue.project?.name) || 'a project'}*`,
      attachments: [
        {
          color,
          title: oneLine(issue.title, 150) || 'Issue',
          title_link: http(issue.web_url) || http(issue.permalink),
          text: issue.culprit ? code(issue.culprit) : undefined,
          fields: fields(
            ['Level', oneLine(issue.level)],
            ['Priority', oneLine(issue.priority)],
            ['Events', oneLine(issue.count)],
            ['Users', oneLine(issue.userCount)],
            ['First seen', (time(issue.firstSeen) || '').slice(0, 10)],
          ),
          ts: time(issue.lastSeen),
        },
      ],
    };
  }
}

/** Issues without a level are errors. */
function levelColor(level) {
  return LEVEL_COLORS.get(oneLine(level)) || RED;
}

function backAs(substatus) {
  return choose(substatus, { regressed: ['back'], escalating: ['escalating'] })[0] || 'open again';
}

/** An event holds the number of its project; the readable name is part of its address. */
function projectOf(event) {
  const [, slug] = /\/projects\/[^/]+\/([^/]+)\//.exec(text(event.url)) || [];
  return oneLine(slug) || 'a project';
}

function tag(event, name) {
  const [, value] = list(event.tags).find((pair) => pair[0] === name) || [];
  return oneLine(value);
}

/** The last frame of our own code: where it happened, and the line itself. */
function failingLine(event) {
  const exceptions = list(event.exception?.values);
  const frames = list(exceptions[exceptions.length - 1]?.stacktrace?.frames);
  const own = frames.filter((frame) => frame.in_app);
  const frame = own[own.length - 1];
  if (!frame) {
    return undefined;
  }
  const line = oneLine(frame.lineno) ? `, line ${oneLine(frame.lineno)}` : '';
  const place = `${code(frame.function)} in ${code(frame.filename || frame.module)}${line}`;
  const source = oneLine(frame.context_line, 200).replace(/`/g, "'");
  return source ? `${place}\n\`\`\`\n${source}\n\`\`\`` : place;
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

function code(value) {
  return `\`${oneLine(value).replace(/`/g, "'") || '?'}\``;
}

function http(url) {
  return typeof url === 'string' && /^https?:\/\/\S+$/i.test(url) ? url : undefined;
}

function time(value) {
  const milliseconds = Date.parse(text(value));
  return milliseconds > 0 ? new Date(milliseconds).toISOString() : undefined;
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

/** Seconds from one point in time to another; NaN when either is missing. */
function between(start, end) {
  return (Date.parse(text(end)) - Date.parse(text(start))) / 1000;
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
