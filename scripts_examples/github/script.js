/* exported Script */
/* globals console */

/**
 * GitHub: repository and organisation webhooks as chat messages.
 *
 * Posts pushes, new and deleted branches and tags, pull requests, reviews, issues, comments,
 * releases, failed workflow runs and the ping of a new webhook. Ignores everything else.
 *
 * Payloads: https://docs.github.com/en/webhooks/webhook-events-and-payloads
 */

// Settings
const MAX_COMMITS = 5; // listed per push
const POST_BOT_COMMENTS = false; // comments written by bots and apps
const POST_SUCCESSFUL_RUNS = false; // workflow runs that went well

const GREEN = '#2ea44f'; // good news
const AMBER = '#d29922'; // needs a look
const RED = '#d1242f'; // failed or turned down
const BLUE = '#0969da'; // for information

class Script {
  process_incoming_request({ request }) {
    const event = request.headers['x-github-event'];
    const payload = request.content;

    if (!event) {
      return refuse('Not a GitHub webhook: there is no X-GitHub-Event header.');
    }
    if (!payload.repository && !payload.organization && !payload.hook) {
      return refuse('No GitHub payload: set the content type of the webhook to application/json.');
    }
    console.log('GitHub:', event, text(payload.action), text(payload.repository?.full_name));

    const message = this.describe(event, payload);
    if (message) {
      return { content: { username: 'GitHub', icon_emoji: ':octopus:', ...message } };
    }
  }

  describe(event, payload) {
    switch (event) {
      case 'ping':
        return this.ping(payload);
      case 'push':
        return this.push(payload);
      case 'pull_request':
        return this.pullRequest(payload);
      case 'pull_request_review':
        return this.review(payload);
      case 'issues':
        return this.issue(payload);
      case 'issue_comment':
        return this.comment(payload);
      case 'release':
        return this.release(payload);
      case 'workflow_run':
        return this.workflowRun(payload);
      default:
        return undefined;
    }
  }

  ping(payload) {
    return {
      text: `GitHub is connected: this room now hears about ${place(payload)}.`,
      attachments: [
        {
          color: BLUE,
          text: oneLine(payload.zen, 200),
          fields: fields(['Events', names(payload.hook?.events)]),
        },
      ],
    };
  }

  push(payload) {
    const [, kind, name] = /^refs\/(heads|tags)\/(.+)$/.exec(text(payload.ref)) || [];
    if (!name) {
      return undefined; // refs/pull and the like
    }
    const who = actor(payload);
    const where = `${code(name)} in ${place(payload)}`;
    const noun = kind === 'tags' ? 'tag' : 'branch';
    if (payload.deleted) {
      return { text: `${who} deleted the ${noun} ${where}` };
    }

    const commits = list(payload.commits);
    if (kind === 'tags' || commits.length === 0) {
      const verb = payload.created ? 'created' : payload.forced ? 'force-pushed' : 'moved';
      return { text: `${who} ${verb} the ${noun} ${where}` };
    }

    const lines = commits.slice(-MAX_COMMITS).map(({ id, url, message, author }) => {
      const [subject] = text(message).split('\n');
      const sha = link(text(id).slice(0, 7) || 'commit', url);
      return `${sha} ${oneLine(subject, 80)} - ${oneLine(author?.name)}`;
    });
    if (commits.length > MAX_COMMITS) {
      lines.unshift(`${commits.length - MAX_COMMITS} earlier, then:`);
    }
    const verb = payload.forced ? 'force-pushed' : 'pushed';
    const size = link(plural(commits.length, 'commit'), payload.compare);
    const to = payload.created ? 'to the new branch' : 'to';
    return {
      text: `${who} ${verb} ${size} ${to} ${where}`,
      attachments: [{ color: payload.forced ? AMBER : BLUE, text: lines.join('\n') }],
    };
  }

  pullRequest(payload) {
    const pull = payload.pull_request || {};
    const [verb, color] = choose(payload.action, {
      opened: ['opened', BLUE],
      reopened: ['reopened', BLUE],
      ready_for_review: ['asks for a review of', AMBER],
      closed: pull.merged ? ['merged', GREEN] : ['closed', RED],
    });
    if (!verb) {
      return undefined;
    }

    const noun = pull.draft ? 'draft pull request' : 'pull request';
    const over = payload.action === 'closed';
    const lines = `+${oneLine(pull.additions) || 0} -${oneLine(pull.deletions) || 0}`;
    return {
      text: `${actor(payload)} ${verb} ${noun} ${number(pull)} in ${place(payload)}`,
      attachments: [
        {
          color,
          ...author(pull.user),
          title: oneLine(pull.title, 150),
          title_link: http(pull.html_url),
          text: over ? undefined : excerpt(pull.body),
          fields: fields(
            ['Branch', `${oneLine(pull.head?.ref)} → ${oneLine(pull.base?.ref)}`],
            ['Changes', `${lines} in ${plural(oneLine(pull.changed_files) || 0, 'file')}`],
            ['Labels', names(pull.labels, 'name')],
            ['Reviewers', over ? '' : names(pull.requested_reviewers, 'login')],
          ),
          ts: time(pull.updated_at),
        },
      ],
    };
  }

  review(payload) {
    const review = payload.review || {};
    const pull = payload.pull_request || {};
    const [verb, color] = choose(review.state, {
      approved: ['approved', GREEN],
      changes_requested: ['requested changes to', AMBER],
      commented: review.body ? ['commented on', BLUE] : [], // none: only comments on lines
    });
    if (payload.action !== 'submitted' || !verb) {
      return undefined;
    }
    return {
      text: `${actor(payload)} ${verb} pull request ${number(pull)} in ${place(payload)}`,
      attachments: [
        {
          color,
          title: oneLine(pull.title, 150),
          title_link: http(review.html_url) || http(pull.html_url),
          text: excerpt(review.body),
          ts: time(review.submitted_at),
        },
      ],
    };
  }

  issue(payload) {
    const issue = payload.issue || {};
    const dropped = ['not_planned', 'duplicate'].includes(issue.state_reason);
    const [verb, color] = choose(payload.action, {
      opened: ['opened', BLUE],
      reopened: ['reopened', AMBER],
      closed: dropped ? ['dropped', AMBER] : ['closed', GREEN],
    });
    if (!verb) {
      return undefined;
    }
    return {
      text: `${actor(payload)} ${verb} issue ${number(issue)} in ${place(payload)}`,
      attachments: [
        {
          color,
          ...author(issue.user),
          title: oneLine(issue.title, 150),
          title_link: http(issue.html_url),
          text: payload.action === 'closed' ? undefined : excerpt(issue.body),
          fields: fields(
            ['Labels', names(issue.labels, 'name')],
            ['Assigned to', names(issue.assignees, 'login')],
            ['Milestone', oneLine(issue.milestone?.title)],
          ),
          ts: time(issue.updated_at),
        },
      ],
    };
  }

  comment(payload) {
    const issue = payload.issue || {};
    const comment = payload.comment || {};
    const byBot = payload.sender?.type === 'Bot';
    if (payload.action !== 'created' || (byBot && !POST_BOT_COMMENTS)) {
      return undefined;
    }
    const noun = issue.pull_request ? 'pull request' : 'issue';
    return {
      text: `${actor(payload)} commented on ${noun} ${number(issue)} in ${place(payload)}`,
      attachments: [
        {
          color: BLUE,
          title: oneLine(issue.title, 150),
          title_link: http(comment.html_url),
          text: excerpt(comment.body),
          ts: time(comment.created_at),
        },
      ],
    };
  }

  release(payload) {
    const release = payload.release || {};
    if (payload.action !== 'published') {
      return undefined;
    }
    const noun = release.prerelease ? 'pre-release' : 'release';
    return {
      text: `${actor(payload)} published ${noun} ${code(release.tag_name)} of ${place(payload)}`,
      attachments: [
        {
          color: release.prerelease ? AMBER : GREEN,
          title: oneLine(release.name || release.tag_name, 150),
          title_link: http(release.html_url),
          text: excerpt(release.body, 800),
          ts: time(release.published_at),
        },
      ],
    };
  }

  workflowRun(payload) {
    const run = payload.workflow_run || {};
    const [outcome, color] = choose(run.conclusion, {
      failure: ['failed', RED],
      startup_failure: ['could not start', RED],
      timed_out: ['timed out', RED],
      cancelled: ['was cancelled', AMBER],
      action_required: ['waits for approval', AMBER],
      success: POST_SUCCESSFUL_RUNS ? ['succeeded', GREEN] : [],
    });
    if (payload.action !== 'completed' || !outcome) {
      return undefined;
    }
    const workflow = link(run.name || payload.workflow?.name || 'Workflow', run.html_url);
    const attempt = text(run.run_attempt) > 1 ? ` (attempt ${oneLine(run.run_attempt)})` : '';
    return {
      text: `${workflow} ${outcome} on ${code(run.head_branch)} in ${place(payload)}`,
      attachments: [
        {
          color,
          ...author(run.triggering_actor || run.actor),
          title: oneLine(run.display_title || run.head_commit?.message, 150),
          title_link: http(run.html_url),
          fields: fields(
            ['Run', `#${oneLine(run.run_number) || '?'}${attempt}`],
            ['Started by', oneLine(run.event)],
            ['Commit', oneLine(run.head_sha).slice(0, 7)],
            ['Took', duration(between(run.run_started_at, run.updated_at))],
            ['Pull requests', list(run.pull_requests).map(number).join(', ')],
          ),
          ts: time(run.updated_at),
        },
      ],
    };
  }
}

/** Who did it, as a link to the profile. */
function actor({ sender, pusher }) {
  return link(oneLine(sender?.login) || oneLine(pusher?.name) || 'Someone', sender?.html_url);
}

/** Where it happened: the repository, or the organisation of an organisation webhook. */
function place({ repository, organization }) {
  if (repository) {
    return link(oneLine(repository.full_name) || 'a repository', repository.html_url);
  }
  const login = oneLine(organization?.login);
  return login ? link(login, `https://github.com/${login}`) : 'GitHub';
}

function author(user) {
  return {
    author_name: oneLine(user?.login) || undefined,
    author_link: http(user?.html_url),
    author_icon: http(user?.avatar_url),
  };
}

function number(item) {
  return `#${oneLine(item.number) || '?'}`;
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
