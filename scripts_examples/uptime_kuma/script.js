/* exported Script */
/* globals console */

/**
 * Uptime Kuma: monitors that go down, stay down or come back as chat messages.
 *
 * Also posts warnings about certificates and domains that expire, and the test notification.
 * Ignores the other two states of a monitor, pending and maintenance.
 *
 * Payload: https://github.com/louislam/uptime-kuma/blob/master/server/notification-providers/webhook.js
 */

const GREEN = '#2ea44f'; // up
const RED = '#d1242f'; // down
const AMBER = '#d29922'; // a certificate or domain will expire
const BLUE = '#0969da'; // a test

// Two of the numbers that Uptime Kuma gives to the state of a monitor
const DOWN = 0;
const UP = 1;

class Script {
  process_incoming_request({ request }) {
    const { heartbeat, monitor, msg } = request.content;
    if (heartbeat === undefined || monitor === undefined || typeof msg !== 'string') {
      return refuse('Not an Uptime Kuma webhook: expected heartbeat, monitor and msg.');
    }
    console.log('Uptime Kuma:', oneLine(msg, 200));

    const message = heartbeat ? this.change(heartbeat, monitor || {}) : this.notice(msg);
    if (message) {
      return { content: { username: 'Uptime Kuma', ...message } };
    }
  }

  /** A monitor went down or came back. */
  change(heartbeat, monitor) {
    const isUp = heartbeat.status === UP;
    if (!isUp && heartbeat.status !== DOWN) {
      return undefined;
    }
    const outage = isUp ? duration(between(utc(heartbeat.lastDownTime), utc(heartbeat.time))) : '';
    const down = heartbeat.important === false ? 'is still down' : 'is down';
    const name = link(
      oneLine(monitor.pathName) || oneLine(monitor.name) || 'A monitor',
      monitor.url,
    );
    return {
      icon_emoji: isUp ? ':white_check_mark:' : ':red_circle:',
      text: `*${name}* ${isUp ? 'is up again' : down}${outage && ` after ${outage}`}`,
      attachments: [
        {
          color: isUp ? GREEN : RED,
          text: excerpt(heartbeat.msg),
          fields: fields(
            ['Target', target(monitor)],
            ['Type', oneLine(monitor.type)],
            ['Response time', oneLine(heartbeat.ping) && `${oneLine(heartbeat.ping)} ms`],
            ['Tags', list(monitor.tags).map(tagName).join(', ')],
            ['Description', oneLine(monitor.description, 200)],
          ),
          ts: time(utc(heartbeat.time)),
        },
      ],
    };
  }

  /** A message without a monitor: something expires soon, or somebody pressed "Test". */
  notice(msg) {
    const expires = /will expire/i.test(msg);
    return {
      icon_emoji: expires ? ':hourglass:' : ':bell:',
      text: expires ? '*Something expires soon*' : '*Uptime Kuma is connected*',
      attachments: [
        { color: expires ? AMBER : BLUE, text: excerpt(msg.replace(/[[\]]+\s*/g, ' ')) },
      ],
    };
  }
}

/** What is watched: an address, a host and port, or a host. Push monitors have none. */
function target({ url, hostname, port }) {
  if (/^https?:\/\/./.test(text(url))) {
    return oneLine(url, 200);
  }
  return [oneLine(hostname), oneLine(port)].filter(Boolean).join(':');
}

function tagName({ name, value }) {
  return [oneLine(name), oneLine(value)].filter(Boolean).join(': ');
}

/** Uptime Kuma's "2025-05-20 08:13:30.640" is UTC without saying so. */
function utc(value) {
  const local = text(value).trim();
  return /^\d{4}-\d\d-\d\d \d\d:\d\d/.test(local) ? `${local.replace(' ', 'T')}Z` : local;
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
