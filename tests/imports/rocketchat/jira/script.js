/* globals _ */
class Script {
  process_incoming_request({ request }) {
    const data = request.content;

    if (data.webhookEvent == 'jira:issue_updated' && (!data.changelog || !_.findWhere(data.changelog.items, { field: 'status' }))) {
      return;
    }
    if (!_.contains(['jira:issue_created', 'jira:issue_updated'], data.webhookEvent)) {
      return;
    }
    issue = data.issue;
    baseUrl = issue.self.match(/^https?:\/\/[^\/]+/)[0];
    change = data.changelog && _.findWhere(data.changelog.items, { field: 'status' });
    message = {
      icon_url: (issue.fields.priority || {}).iconUrl,
      text: `*${data.user.displayName}* ${change ? 'moved' : 'created'} [${issue.key}](${baseUrl}/browse/${issue.key}) _${issue.fields.summary}_`,
      attachments: [],
    };
    if (change) {
      message.attachments.push({ text: `~${change.fromString}~ → *${change.toString}*`, color: '#0052cc' });
    }
    return { content: _.omit(message, _.isUndefined) };
  }
}
