/* exported Script */
/* globals console */

/**
 * Grafana Alerting: firing and resolved alert rules as chat messages.
 *
 * Posts one message per notification of a webhook contact point, with an attachment per alert:
 * values, labels, links to panel, runbook and silence, and the screenshot when there is one.
 *
 * Payload: https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
 */

// Settings
const MAX_ALERTS = 10; // shown per message

const GREEN = '#2ea44f'; // resolved
const RED = '#d1242f'; // firing, unless the severity label says it can wait
const AMBER = '#d29922'; // warnings, and rules without data
const BLUE = '#0969da';
const SEVERITY_COLORS = new Map([
  ['warning', AMBER],
  ['minor', AMBER],
  ['low', AMBER],
  ['info', BLUE],
  ['none', BLUE],
]);

// Names that Grafana gives to alerts about a rule it could not evaluate
const STAND_INS = new Map([
  ['DatasourceNoData', { prefix: 'No data: ', color: AMBER }],
  ['DatasourceError', { prefix: 'Error: ', color: RED }],
]);

class Script {
  process_incoming_request({ request }) {
    const payload = request.content;
    const alerts = list(payload.alerts);
    if (alerts.length === 0 || payload.orgId === undefined) {
      return refuse('Not a Grafana Alerting webhook: expected orgId and a list of alerts.');
    }
    console.log(
      'Grafana:',
      text(payload.status),
      text(payload.receiver),
      plural(alerts.length, 'alert'),
    );

    const firing = alerts.filter((alert) => alert.status !== 'resolved');
    const resolved = alerts.filter((alert) => alert.status === 'resolved');
    const shown = [...firing, ...resolved].slice(0, MAX_ALERTS);
    const hidden = alerts.length - shown.length + (Number(text(payload.truncatedAlerts)) || 0);

    const counts = [
      firing.length ? `${firing.length} firing` : '',
      resolved.length ? `${resolved.length} resolved` : '',
    ];
    const rules = Array.from(new Set(alerts.map((alert) => rule(alert).name)));
    const lines = [`*${counts.filter(Boolean).join(', ')}*: ${rules.slice(0, 3).join(', ')}`];
    if (hidden > 0) {
      lines.push(`_${plural(hidden, 'alert')} not shown_`);
    }
    return {
      content: {
        username: 'Grafana',
        icon_emoji: firing.length ? ':rotating_light:' : ':white_check_mark:',
        text: lines.join('\n'),
        attachments: shown.map((alert) => this.attachment(alert)),
      },
    };
  }

  attachment(alert) {
    const { name, color } = rule(alert);
    const { alertname, rulename, grafana_folder, severity, ...labels } = alert.labels || {};
    const { summary, description, runbook_url } = alert.annotations || {};
    const isOver = alert.status === 'resolved';
    const links = [
      ['Dashboard', alert.dashboardURL],
      ['Runbook', runbook_url],
      ['Silence', alert.silenceURL],
    ]
      .filter(([, url]) => http(url))
      .map(([label, url]) => link(label, url));

    const details = isOver ? [] : [excerpt(description), links.join(' · ')];
    return {
      color: isOver ? GREEN : color,
      title: name,
      title_link: http(alert.panelURL) || http(alert.generatorURL),
      text: [excerpt(summary, 200), ...details].filter(Boolean).join('\n'),
      fields: fields(
        ['Severity', oneLine(severity)],
        ['Values', isOver ? '' : values(alert.values)],
        ['Lasted', isOver ? duration(between(alert.startsAt, alert.endsAt)) : ''],
        ['Folder', oneLine(grafana_folder)],
        ['Labels', shorten(pairs(labels).join(', '), 300)],
      ),
      image_url: isOver ? undefined : http(alert.imageURL),
      ts: time(isOver ? alert.endsAt : alert.startsAt),
    };
  }
}

/** Name and colour of the rule behind an alert. */
function rule({ labels }) {
  const name = oneLine(labels?.alertname) || 'Alert';
  const standIn = STAND_INS.get(name);
  if (standIn) {
    return { name: standIn.prefix + (oneLine(labels.rulename) || 'a rule'), color: standIn.color };
  }
  return { name, color: SEVERITY_COLORS.get(oneLine(labels?.severity).toLowerCase()) || RED };
}

/** "A = 91.24, B = 1": Grafana's values have up to 17 digits. */
function values(byRef) {
  return Object.entries(byRef || {})
    .filter(([, value]) => typeof value === 'number')
    .map(([ref, value]) => `${oneLine(ref, 40)} = ${rounded(value)}`)
    .join(', ');
}

function rounded(value) {
  return Math.abs(value) < 1 ? Number(value.toPrecision(2)) : Math.round(value * 100) / 100;
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
