/* exported Script */
/* globals console */

/**
 * GitLab: project and group webhooks as chat messages.
 *
 * Posts pushes, new and deleted branches and tags, merge requests, issues, comments, releases and
 * failed or cancelled pipelines. Ignores everything else, and whatever is confidential.
 *
 * Payloads: https://docs.gitlab.com/user/project/integrations/webhook_events/
 */

// Settings
const MAX_COMMITS = 5; // listed per push
const MAX_JOBS = 5; // failed jobs listed per pipeline
const POST_SUCCESSFUL_PIPELINES = false;
const POST_CONFIDENTIAL = false; // confidential issues and internal notes

const GREEN = '#2ea44f'; // good news
const AMBER = '#d29922'; // needs a look
const RED = '#d1242f'; // failed or turned down
const BLUE = '#0969da'; // for information

class Script {
  process_incoming_request({ request }) {
    const payload = request.content;
    const kind = text(payload.object_kind);

    if (!request.headers['x-gitlab-event']) {
      return refuse('Not a GitLab webhook: there is no X-Gitlab-Event header.');
    }
    if (!kind && !payload.event_name) {
      return refuse('No GitLab payload: the body has neither object_kind nor event_name.');
    }
    console.log('GitLab:', kind || text(payload.event_name), text(payload.project?.web_url));

    if (isConfidential(payload) && !POST_CONFIDENTIAL) {
      return undefined;
    }
    const message = this.describe(kind, payload);
    if (message) {
      return { content: { username: 'GitLab', icon_emoji: ':fox_face:', ...message } };
    }
  }

  describe(kind, payload) {
    switch (kind) {
      case 'push':
      case 'tag_push':
        return this.push(payload);
      case 'merge_request':
        return this.mergeRequest(payload);
      case 'issue':
      case 'work_item':
        return this.issue(payload);
      case 'note':
        return this.note(payload);
      case 'pipeline':
        return this.pipeline(payload);
      case 'release':
        return this.release(payload);
      default:
        return undefined;
    }
  }

  push(payload) {
    const [, kind, name] = /^refs\/(heads|tags)\/(.+)$/.exec(text(payload.ref)) || [];
    if (!name) {
      return undefined;
    }
    const who = actor(payload);
    const where = `${code(name)} in ${place(payload)}`;
    const noun = kind === 'tags' ? 'tag' : 'branch';
    if (isNone(payload.after)) {
      return { text: `${who} deleted the ${noun} ${where}` };
    }

    const created = isNone(payload.before);
    const commits = list(payload.commits);
    if (kind === 'tags' || commits.length === 0) {
      return { text: `${who} ${created ? 'created' : 'moved'} the ${noun} ${where}` };
    }

    const lines = commits.slice(-MAX_COMMITS).map(({ id, url, title, message, author }) => {
      const [subject] = text(title || message).split('\n');
      const sha = link(text(id).slice(0, 8) || 'commit', url);
      return `${sha} ${oneLine(subject, 80)} - ${oneLine(author?.name)}`;
    });
    const total = Math.max(commits.length, Number(text(payload.total_commits_count)) || 0);
    if (total > lines.length) {
      lines.unshift(`${total - lines.length} earlier, then:`);
    }
    const range = `${text(payload.before)}...${text(payload.after)}`;
    const compare = `${text(payload.project?.web_url)}/-/compare/${range}`;
    const size = created ? plural(total, 'commit') : link(plural(total, 'commit'), compare);
    return {
      text: `${who} pushed ${size} ${created ? 'to the new branch' : 'to'} ${where}`,
      attachments: [{ color: BLUE, text: lines.join('\n') }],
    };
  }

  mergeRequest(payload) {
    const merge = payload.object_attributes || {};
    const draft = payload.changes?.draft;
    const isReady = draft?.previous === true && draft?.current === false;
    const [verb, color] = choose(merge.action, {
      open: ['opened', BLUE],
      reopen: ['reopened', BLUE],
      update: isReady ? ['asks for a review of', AMBER] : [],
      approval: ['approved', GREEN],
      approved: ['approved', GREEN],
      unapproval: ['took back the approval of', AMBER],
      unapproved: ['took back the approval of', AMBER],
      merge: ['merged', GREEN],
      close: ['closed', RED],
    });
    if (!verb) {
      return undefined;
    }

    const noun = merge.draft ? 'draft merge request' : 'merge request';
    const isNew = ['open', 'reopen', 'update'].includes(merge.action);
    return {
      text: `${actor(payload)} ${verb} ${noun} !${number(merge)} in ${place(payload)}`,
      attachments: [
        {
          color,
          ...author(payload.user),
          title: oneLine(merge.title, 150),
          title_link: http(merge.url),
          text: isNew ? excerpt(merge.description) : undefined,
          fields: fields(
            ['Branch', `${oneLine(merge.source_branch)} → ${oneLine(merge.target_branch)}`],
            ['Labels', names(payload.labels, 'title')],
            ['Assigned to', isNew ? names(payload.assignees, 'name') : ''],
            ['Reviewers', isNew ? names(payload.reviewers, 'name') : ''],
          ),
          ts: time(merge.updated_at),
        },
      ],
    };
  }

  issue(payload) {
    const issue = payload.object_attributes || {};
    const [verb, color] = choose(issue.action, {
      open: ['opened', BLUE],
      reopen: ['reopened', AMBER],
      close: ['closed', GREEN],
    });
    if (!verb) {
      return undefined;
    }
    const noun = oneLine(issue.type).toLowerCase() || 'issue'; // or incident, task, epic ...
    return {
      text: `${actor(payload)} ${verb} ${noun} #${number(issue)} in ${place(payload)}`,
      attachments: [
        {
          color,
          ...author(payload.user),
          title: oneLine(issue.title, 150),
          title_link: http(issue.url),
          text: issue.action === 'close' ? undefined : excerpt(issue.description),
          fields: fields(
            ['Labels', names(payload.labels, 'title')],
            ['Assigned to', names(payload.assignees, 'name')],
            ['Due', oneLine(issue.due_date)],
          ),
          ts: time(issue.updated_at),
        },
      ],
    };
  }

  note(payload) {
    const note = payload.object_attributes || {};
    if (note.system || note.action === 'update') {
      return undefined; // written by GitLab itself, or an edit
    }
    const [noun, title] = choose(note.noteable_type, {
      Commit: [`commit ${code(text(note.commit_id).slice(0, 8))}`, payload.commit?.message],
      Issue: [`issue #${number(payload.issue)}`, payload.issue?.title],
      MergeRequest: [
        `merge request !${number(payload.merge_request)}`,
        payload.merge_request?.title,
      ],
      Snippet: ['a snippet', payload.snippet?.title],
    });
    if (!noun) {
      return undefined;
    }
    return {
      text: `${actor(payload)} commented on ${noun} in ${place(payload)}`,
      attachments: [
        {
          color: BLUE,
          ...author(payload.user),
          title: oneLine(text(title).split('\n')[0], 150),
          title_link: http(note.url),
          text: excerpt(note.note),
          ts: time(note.created_at),
        },
      ],
    };
  }

  pipeline(payload) {
    const pipeline = payload.object_attributes || {};
    const [outcome, color] = choose(pipeline.status, {
      failed: ['failed', RED],
      canceled: ['was cancelled', AMBER],
      success: POST_SUCCESSFUL_PIPELINES ? ['succeeded', GREEN] : [],
    });
    if (!outcome) {
      return undefined;
    }

    const home = text(payload.project?.web_url);
    const url = http(pipeline.url) || `${home}/-/pipelines/${text(pipeline.id)}`;
    const name = link(`Pipeline #${text(pipeline.id)}`, url);
    const failed = list(payload.builds).filter(
      (job) => job.status === 'failed' && !job.allow_failure,
    );
    const jobs = failed.slice(0, MAX_JOBS).map((job) => {
      const reason = oneLine(job.failure_reason).replace(/_/g, ' ');
      const jobName = link(oneLine(job.name) || 'job', `${home}/-/jobs/${text(job.id)}`);
      return `${oneLine(job.stage)}: ${jobName}${reason && ` (${reason})`}`;
    });
    if (failed.length > MAX_JOBS) {
      jobs.push(`… and ${failed.length - MAX_JOBS} more`);
    }
    const commit = payload.commit || {};
    return {
      text: `${name} ${outcome} on ${code(pipeline.ref)} in ${place(payload)}`,
      attachments: [
        {
          color,
          ...author(payload.user),
          title: oneLine(commit.title || text(commit.message).split('\n')[0], 150),
          title_link: http(commit.url),
          text: jobs.join('\n') || undefined,
          fields: fields(
            ['Started by', oneLine(pipeline.source).replace(/_/g, ' ')],
            ['Commit', oneLine(pipeline.sha).slice(0, 8)],
            ['Took', duration(parseFloat(text(pipeline.duration)))],
            ['Merge request', payload.merge_request ? `!${number(payload.merge_request)}` : ''],
          ),
          ts: time(pipeline.finished_at),
        },
      ],
    };
  }

  release(payload) {
    if (payload.action !== 'create') {
      return undefined;
    }
    return {
      text: `Release ${code(payload.tag)} of ${place(payload)} is out`,
      attachments: [
        {
          color: GREEN,
          title: oneLine(payload.name || payload.tag, 150),
          title_link: http(payload.url),
          text: excerpt(payload.description, 800),
          ts: time(payload.released_at),
        },
      ],
    };
  }
}

function isConfidential(payload) {
  const thing = payload.object_attributes || {};
  const marked = /^confidential_/.test(text(payload.event_type));
  return marked || thing.confidential === true || thing.internal === true;
}

/** GitLab writes forty zeros for "no commit": the branch or tag is new, or gone. */
function isNone(sha) {
  return /^0*$/.test(text(sha));
}

function actor({ user, user_name }) {
  return `*${oneLine(user?.name) || oneLine(user_name) || 'Someone'}*`;
}

function place({ project }) {
  return link(oneLine(project?.path_with_namespace) || 'a project', project?.web_url);
}

function author(user) {
  return {
    author_name: oneLine(user?.username) || undefined,
    author_icon: http(user?.avatar_url),
  };
}

function number(item) {
  return oneLine(item?.iid) || '?';
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
