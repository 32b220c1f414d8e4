/* exported Script */
/* globals console */

/**
 * Prometheus Alertmanager: groups of firing and resolved alerts as chat messages.
 *
 * Posts one message per notification, with an attachment per alert: firing ones first, coloured by
 * their severity label. Leaves out alerts that only show that the alarm chain works (Watchdog).
 *
 * Payload: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
 */

// Settings
const MAX_ALERTS = 10; // shown per message
const LEFT_OUT = ['Watchdog', 'InfoInhibitor']; // names of alerts never to post

const GREEN = '#2ea44f'; // resolved
const RED = '#d1242f'; // firing, unless the severity says it can wait
const AMBER = '#d29922';
const BLUE = '#0969da';
const SEVERITY_COLORS = new Map([
  ['warning', AMBER],
  ['minor', AMBER],
  ['info', BLUE],
  ['none', BLUE],
]);

class Script {
  process_incoming_request({ request }) {
    const payload = request.content;
    if (payload.version !== '4' || !Array.isArray(payload.alerts)) {
      return refuse('Not an Alertmanager webhook: expected version "4" and a list of alerts.');
    }
    console.log(
      'Alertmanager:',
      text(payload.status),
      text(payload.receiver),
      plural(payload.alerts.length, 'alert'),
    );

    const alerts = list(payload.alerts).filter(
      (alert) => !LEFT_OUT.includes(alert.labels?.alertname),
    );
    if (alerts.length === 0) {
      return undefined;
    }
    const firing = alerts.filter((alert) => alert.status !== 'resolved');
    const resolved = alerts.filter((alert) => alert.status === 'resolved');
    const shown = [...firing, ...resolved].slice(0, MAX_ALERTS);
    const hidden = alerts.length - shown.length + (Number(text(payload.truncatedAlerts)) || 0);

    const counts = [
      firing.length ? `${firing.length} firing` : '',
      resolved.length ? `${resolved.length} resolved` : '',
    ];
    const lines = [`*${counts.filter(Boolean).join(', ')}*: ${subject(payload, alerts)}`];
    if (hidden > 0) {
      lines.push(`_${plural(hidden, 'alert')} not shown_`);
    }
    return {
      content: {
        username: 'Alertmanager',
        icon_emoji: firing.length ? ':fire:' : ':white_check_mark:',
        text: lines.join('\n'),
        attachments: shown.map((alert) => this.attachment(alert, payload)),
      },
    };
  }

  attachment(alert, payload) {
    const { alertname, severity, ...labels } = alert.labels || {};
    const { summary, description, message, runbook_url, dashboard_url } = alert.annotations || {};
    const isOver = alert.status === 'resolved';
    const name = oneLine(alertname) || 'Alert';
    const links = [
      ['Runbook', runbook_url],
      ['Dashboard', dashboard_url],
      ['Silence', silenceUrl(alert, payload)],
    ]
      .filter(([, url]) => http(url))
      .map(([label, url]) => link(label, url));

    const body = [excerpt(description || message), links.join(' · ')].filter(Boolean).join('\n');
    return {
      color: isOver ? GREEN : severityColor(severity),
      title: oneLine(summary, 150) || name,
      title_link: http(alert.generatorURL),
      text: isOver ? undefined : body,
      fields: fields(
        ['Alert', summary ? name : ''],
        ['Severity', oneLine(severity)],
        ['Lasted', isOver ? duration(between(alert.startsAt, alert.endsAt)) : ''],
        ['Labels', shorten(pairs(labels).join(', '), 300)],
      ),
      ts: time(isOver ? alert.endsAt : alert.startsAt),
    };
  }
}

/** What the notification is about: its group labels, else the names of the alerts. */
function subject({ groupLabels }, alerts) {
  const { alertname, ...others } = groupLabels || {};
  const names = alerts.map((alert) => oneLine(alert.labels?.alertname)).filter(Boolean);
  const name = oneLine(alertname) || Array.from(new Set(names)).slice(0, 3).join(', ') || 'alerts';
  const group = pairs(others).join(', ');
  return group ? `${name} (${group})` : name;
}

/** Without a severity label an alert is taken seriously. */
function severityColor(severity) {
  return SEVERITY_COLORS.get(oneLine(severity).toLowerCase()) || RED;
}

/** The page of Alertmanager that starts a silence for exactly this alert. */
function silenceUrl({ labels }, { externalURL }) {
  const matchers = Object.entries(labels || {})
    .filter(([, value]) => typeof value === 'string')
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const filter = encodeURIComponent(`{${matchers.join(', ')}}`);
  return `${text(externalURL).replace(/\/$/, '')}/#/silences/new?filter=${filter}`;
}

function pairs(labels) {
  return Object.entries(labels)
    .filter(([, value]) => text(value))
    .map(([key, value]) => `${oneLine(key, 40)}=${oneLine(value, 60)}`);
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

function http(url) {
  return typeof url === 'string' && /^https?:\/\/\S+$/i.test(url) ? url : undefined;
}

function time(value) {
  const milliseconds = Date.parse(text(value));
  return milliseconds > 0 ? new Date(milliseconds).toISOString() : undefined;
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

function plural(count, noun) {
  return `${count} ${noun}${Number(count) === 1 ? '' : 's'}`;
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
