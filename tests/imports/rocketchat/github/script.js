/* exported Script */
/* globals console, _, s */

String.prototype.firstLine = function () {
  return s(this).lines()[0];
};

var link = function (text, url) {
  return '[' + text + '](' + url + ')';
};

var handlers = {
  push: function (body) {
    branch = body.ref.split('/').slice(2).join('/');
    if (body.deleted || !body.commits.length) {
      return { text: body.sender.login + ' changed ' + branch + ' of ' + body.repository.full_name };
    }
    rows = _.map(body.commits, function (commit) {
      return link(commit.id.substr(0, 7), commit.url) + ' ' + commit.message.firstLine() + ' (' + commit.author.name + ')';
    });
    return {
      text: link(body.commits.length + ' commits', body.compare) + ' on ' + branch,
      attachments: [{ color: '#24292f', author_name: body.sender.login, author_icon: body.sender.avatar_url, text: rows.join('\n') }],
    };
  },

  pull_request: function (body) {
    var pull = body.pull_request;
    var what = body.action;
    if (what === 'closed' && pull.merged) {
      what = 'merged';
    }
    if (!_.contains(['opened', 'reopened', 'closed', 'merged'], what)) {
      return;
    }
    names = _.pluck(pull.labels || [], 'name');
    fields = [];
    if (names.length) {
      fields.push({ title: 'Labels', value: names.join(', '), short: names.length < 4 });
    }
    return {
      text: s.capitalize(what) + ': ' + link('#' + pull.number + ' ' + pull.title, pull.html_url),
      attachments: [{ author_name: pull.user.login, fields: fields }],
    };
  },
};

class Script {
  process_incoming_request({ request }) {
    const event = request.headers['x-github-event'];
    console.log('event', event);
    const handler = handlers[event];
    if (!handler) {
      return { error: { reason: 'nobody here handles ' + event } };
    }
    const content = handler(request.content);
    return content && { content };
  }
}
