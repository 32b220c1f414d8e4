/* exported Script */
/* globals console */

/**
 * Jira (Cloud and Data Center): issue and comment webhooks as chat messages.
 *
 * Posts new and deleted issues, comments, and changes of the fields listed below. Ignores changes
 * of other fields (rank, sprint, description ...), work logs, versions, boards and sprints, and
 * whatever only some people may see.
 *
 * Payloads: https://developer.atlassian.com/cloud/jira/platform/webhooks/
 */

// Settings
const POST_RESTRICTED = false; // comments and issues that only some people may see
// The changes worth a message, with the names they get in it
const SHOWN_CHANGES = new Map([
  ['status', 'Status'],
  ['assignee', 'Assignee'],
  ['priority', 'Priority'],
  ['resolution', 'Resolution'],
  ['summary', 'Summary'],
  ['duedate', 'Due date'],
  ['Fix Version', 'Fix version'],
  ['Flagged', 'Flag'],
]);

const GREEN = '#2ea44f'; // done
const AMBER = '#d29922'; // in progress, or important
const RED = '#d1242f'; // urgent, or deleted
const BLUE = '#0969da'; // anything else
const CATEGORY_COLORS = new Map([
  ['done', GREEN],
  ['indeterminate', AMBER],
]);
const PRIORITY_COLORS = new Map([
  ['blocker', RED],
  ['highest', RED],
  ['critical', RED],
  ['high', AMBER],
  ['major', AMBER],
]);

class Script {
  process_incoming_request({ request }) {
    const payload = request.content;
    const event = text(payload.webhookEvent);

    if (!event) {
      return refuse('Not a Jira webhook: the body has no webhookEvent.');
    }
    console.log('Jira:', event, text(payload.issue?.key));

    if (!payload.issue || (isRestricted(payload) && !POST_RESTRICTED)) {
      return undefined;
    }
    const message = this.describe(event, payload);
    if (message) {
      return { content: { username: 'Jira', icon_emoji: ':clipboard:', ...message } };
    }
  }

  describe(event, payload) {
    switch (event) {
      case 'jira:issue_created':
        return this.created(payload);
      case 'jira:issue_updated':
        return this.updated(payload);
      case 'jira:issue_deleted':
        return this.deleted(payload);
      case 'comment_created':
        return this.commented(payload);
      default:
        return undefined;
    }
  }

  created({ user, issue }) {
    const details = issue.fields || {};
    const priority = oneLine(details.priority?.name);
    return {
      text: `*${nameOf(user)}* created ${issueLink(issue)} in *${projectOf(issue)}*`,
      attachments: [
        {
          color: PRIORITY_COLORS.get(priority.toLowerCase()) || BLUE,
          title: oneLine(details.summary, 150),
          title_link: issueUrl(issue),
          text: excerpt(markdown(details.description)),
          fields: fields(
            ['Type', oneLine(details.issuetype?.name)],
            ['Priority', priority],
            ['Assignee', oneLine(details.assignee?.displayName) || 'nobody'],
            ['Labels', names(details.labels)],
            ['Due date', oneLine(details.duedate)],
          ),
          ts: time(details.created),
        },
      ],
    };
  }

  updated({ user, issue, changelog }) {
    const details = issue.fields || {};
    const changes = list(changelog?.items).filter((item) => SHOWN_CHANGES.has(item.field));
    if (changes.length === 0) {
      return undefined;
    }
    const status = changes.find((item) => item.field === 'status');
    const verb = status ? 'moved' : 'changed';
    const target = status ? ` to *${changed(status, 'toString')}*` : '';
    return {
      text: `*${nameOf(user)}* ${verb} ${issueLink(issue)}${target}`,
      attachments: [
        {
          color: CATEGORY_COLORS.get(details.status?.statusCategory?.key) || BLUE,
          title: oneLine(details.summary, 150),
          title_link: issueUrl(issue),
          fields: fields(
            ...changes.map((item) => [
              SHOWN_CHANGES.get(item.field),
              `${changed(item, 'fromString')} → ${changed(item, 'toString')}`,
            ]),
          ),
          ts: time(details.updated),
        },
      ],
    };
  }

  deleted({ user, issue }) {
    const key = oneLine(issue.key) || 'an issue';
    return {
      text: `*${nameOf(user)}* deleted *${key}* in *${projectOf(issue)}*`,
      attachments: [{ color: RED, title: oneLine(issue.fields?.summary, 150) || key }],
    };
  }

  commented({ comment, issue }) {
    const id = encodeURIComponent(text(comment?.id));
    const url = issueUrl(issue);
    return {
      text: `*${nameOf(comment?.author)}* commented on ${issueLink(issue)}`,
      attachments: [
        {
          color: BLUE,
          title: oneLine(issue.fields?.summary, 150),
          title_link: url && id ? `${url}?focusedCommentId=${id}` : url,
          text: excerpt(markdown(comment?.body)),
          ts: time(comment?.created),
        },
      ],
    };
  }
}

function isRestricted({ issue, comment }) {
  return Boolean(issue.fields?.security || comment?.visibility);
}

function nameOf(user) {
  return oneLine(user?.displayName) || 'Someone';
}

function projectOf({ fields: details }) {
  return oneLine(details?.project?.name) || 'a project';
}

/** The page of an issue: Jira sends only the address of its API, on the same site. */
function issueUrl({ self, key }) {
  const [site] = text(self).split('/rest/');
  return http(`${site}/browse/${encodeURIComponent(text(key))}`);
}

function issueLink(issue) {
  return link(oneLine(issue.key) || 'an issue', issueUrl(issue));
}

/** One side of a change. Every object has a toString, so only Jira's own counts. */
function changed(item, side) {
  return oneLine(text(item[side]), 60) || 'none';
}

/** Jira's own markup (never the structured format of its newer API) as Markdown. */
function markdown(wiki) {
  return text(wiki)
    .slice(0, 4000)
    .replace(/\n?\{(code|noformat)[^}]*\}\n?/g, '\n```\n')
    .replace(/\{(quote|panel|color)[^}]*\}/g, '')
    .replace(/^h[1-6]\. /gm, '')
    .replace(/\[~accountid:[^\]]*\]/g, 'someone')
    .replace(/\[~([^\]]*)\]/g, '$1')
    .replace(/\[([^\]|]+)\|(https?:[^\]|\s]+)[^\]]*\]/g, '[$1]($2)')
    .replace(/!\S+\.(png|jpe?g|gif|svg)(\|[^!\n]*)?!/gi, '');
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

/** The items, or one member of each, as "a, b, c". */
function names(items, key) {
  return list(items)
    .map((item) => oneLine(key ? item[key] : item))
    .filter(Boolean)
    .join(', ');
}
